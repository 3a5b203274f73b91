"""The generated documents: event catalogue, AsyncAPI, OpenAPI and settings reference, written from what the code declares."""
