// Shows the OpenAPI document with Swagger UI, from this platform's own files.
window.SwaggerUIBundle({
  url: document.querySelector("#swagger-ui").dataset.url,
  dom_id: "#swagger-ui",
  deepLinking: true,
  validatorUrl: null,
  docExpansion: "list",
  tryItOutEnabled: false,
});
