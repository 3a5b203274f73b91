() => {
  const faults = [];
  const shown = (element) => {
    const box = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    return box.width > 1 && box.height > 1 && style.visibility !== "hidden" && style.clipPath === "none";
  };
  const name = (element) => {
    const labelled = (element.getAttribute("aria-labelledby") ?? "").split(" ").filter(Boolean);
    const texts = labelled.map((id) => document.getElementById(id)?.textContent ?? "");
    const own = element.getAttribute("aria-label") ?? element.getAttribute("alt") ?? element.textContent;
    return (texts.join(" ") || own || element.title || "").trim();
  };
  const where = (element) => `<${element.tagName.toLowerCase()}> "${(element.textContent || element.id || "").trim().slice(0, 40)}"`;

  const root = document.documentElement;
  if (!root.lang) faults.push("the page has no language");
  if (document.title.trim().length < 3) faults.push("the page has no title");
  if (root.scrollWidth > root.clientWidth) faults.push(`the page is ${root.scrollWidth - root.clientWidth}px wider than the screen`);

  const headings = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")];
  const first = headings.filter((heading) => heading.tagName === "H1");
  if (first.length !== 1) faults.push(`${first.length} headings of the first level`);
  headings.reduce((above, heading) => {
    const level = Number(heading.tagName[1]);
    if (heading.closest("[role=alert]")) return above; // the summary of errors stands above the page's own heading
    if (level > above + 1) faults.push(`a heading skips a level: ${where(heading)}`);
    if (!name(heading)) faults.push("an empty heading");
    return level;
  }, 0);

  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  for (const id of new Set(ids.filter((id, at) => ids.indexOf(id) !== at))) faults.push(`the id ${id} is there twice`);
  for (const element of document.querySelectorAll("[aria-labelledby], [aria-describedby]")) {
    const referred = `${element.getAttribute("aria-labelledby") ?? ""} ${element.getAttribute("aria-describedby") ?? ""}`;
    for (const id of referred.split(" ").filter(Boolean)) {
      if (!document.getElementById(id)) faults.push(`${where(element)} refers to #${id}, which is not there`);
    }
  }
  for (const control of document.querySelectorAll("input:not([type=hidden]), select, textarea")) {
    const labels = [...(control.labels ?? [])].map((label) => label.textContent.trim()).join("");
    if (!labels && !control.getAttribute("aria-label") && !control.getAttribute("aria-labelledby")) {
      faults.push(`no label for ${control.name || control.id}`);
    }
  }
  for (const control of document.querySelectorAll("a[href], button, summary")) {
    if (!name(control)) faults.push(`no name for ${control.outerHTML.slice(0, 60)}`);
  }
  for (const image of document.querySelectorAll("img:not([alt])")) faults.push(`no text for the picture ${image.src}`);
  for (const table of document.querySelectorAll("table")) {
    if (!table.caption) faults.push("a table without a caption");
    if (!table.querySelector("th[scope]")) faults.push(`a table without headings: ${where(table)}`);
  }
  for (const group of document.querySelectorAll("fieldset")) {
    if (!group.querySelector("legend")?.textContent.trim()) faults.push(`a group of fields without a legend: ${where(group)}`);
  }
  if (!document.querySelector("main")) faults.push("no main part");
  const skip = document.querySelector("a[href^='#']");
  if (!skip || !document.querySelector(skip.getAttribute("href"))) faults.push("nothing to skip to");

  for (const control of document.querySelectorAll("button, input, select, textarea, summary")) {
    const box = control.getBoundingClientRect();
    if (control.type !== "hidden" && shown(control) && box.height < 24) faults.push(`too small to touch: ${where(control)}`);
  }

  for (const element of document.querySelectorAll("main *, header *, footer *")) {
    const style = getComputedStyle(element);
    const texts = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
    if (!texts || !shown(element) || style.display.startsWith("inline") || style.overflowX === "auto") continue;
    if (element.scrollWidth > element.clientWidth + 1) faults.push(`text runs out of ${where(element)}`);
  }
  if (/<\/?[a-z]+[^<>]*>/.test(document.body.innerText)) faults.push("markup is shown as text");

  const channels = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const light = (colour) => {
    const [r, g, b] = channels(colour).map((value) => {
      const part = value / 255;
      return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if ((channels(colour)[3] ?? 1) > 0.99) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const pale = new Set();
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.textContent.trim() || !shown(element) || element.closest("script, style, noscript")) continue;
    const style = getComputedStyle(element);
    const [one, other] = [light(style.color), light(ground(element))].sort((a, b) => b - a);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const ratio = (one + 0.05) / (other + 0.05);
    if (ratio < (large ? 3 : 4.5)) pale.add(`too pale (${ratio.toFixed(2)}): ${where(element)}`);
  }
  return [...faults, ...pale];
}
