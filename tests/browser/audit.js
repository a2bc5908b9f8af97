// What an accessibility checker would say about the page as it is shown now; [] when nothing.
() => {
  const faults = [];
  const all = (selector) => [...document.querySelectorAll(selector)];
  const tell = (what, element) => faults.push(`${what}: ${element ? element.outerHTML.slice(0, 120) : ""}`);
  const seen = (element) => element.checkVisibility({ visibilityProperty: true });
  const clipped = (element) => element.closest(".hidden, .skip") !== null || getComputedStyle(element).clipPath !== "none";

  if (!document.documentElement.lang) tell("no language");
  if (!document.title.trim()) tell("no title");
  if (all("h1").length !== 1) tell("not one h1");
  if (all("main").length !== 1) tell("not one main");
  let level = 0;
  for (const heading of all("h1, h2, h3, h4").filter(seen)) {
    const own = Number(heading.tagName[1]);
    if (own > level + 1) tell("heading skips a level", heading);
    level = own;
  }

  const ids = all("[id]").map((element) => element.id);
  for (const id of new Set(ids)) if (ids.filter((other) => other === id).length > 1) faults.push(`id twice: ${id}`);
  for (const element of all("[aria-labelledby]")) {
    for (const id of element.getAttribute("aria-labelledby").split(" ")) {
      if (!document.getElementById(id)) tell("label is missing", element);
    }
  }

  for (const image of all("img")) if (!image.hasAttribute("alt")) tell("no alt", image);
  for (const image of all("svg")) if (!image.querySelector("title, desc")?.textContent) tell("picture without words", image);
  for (const field of all("input:not([type=hidden]), textarea, select")) {
    const named = field.labels.length || field.getAttribute("aria-label");
    if (!named) tell("field without label", field);
  }
  for (const control of all("button, a[href], summary")) {
    if (!(control.innerText || control.textContent || "").trim() && !control.getAttribute("aria-label")) {
      tell("control without words", control);
    }
  }
  for (const control of all("button, a.button, nav a, summary").filter(seen)) {
    const box = control.getBoundingClientRect();
    if (box.width < 24 || box.height < 24) tell("too small to touch", control);
  }

  const parse = (text) => [...text.matchAll(/rgba?\(([^)]+)\)/g)].map((found) => found[1].split(",").map(Number));
  const light = ([r, g, b]) => {
    const part = (value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    };
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const ratio = (one, other) => {
    const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const grounds = (element) => {
    for (let up = element; up; up = up.parentElement) {
      const style = getComputedStyle(up);
      const painted = parse(style.backgroundImage);
      if (painted.length) return painted;
      const [colour] = parse(style.backgroundColor);
      if (colour && colour[3] !== 0) return [colour];
    }
    return [[255, 255, 255]];
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || element.closest("svg, script, noscript")) continue;
    if (!seen(element) || clipped(element)) continue;
    const style = getComputedStyle(element);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    for (const ground of grounds(element)) {
      const found = ratio(parse(style.color)[0], ground);
      if (found < (large ? 3 : 4.5)) tell(`contrast ${found.toFixed(2)}`, element);
    }
  }
  for (const words of all("svg text, svg tspan").filter(seen)) {
    const found = ratio(parse(getComputedStyle(words).fill)[0], grounds(words)[0]);
    if (found < 4.5) tell(`contrast ${found.toFixed(2)}`, words);
  }

  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > room) faults.push(`scrolls sideways: ${document.documentElement.scrollWidth} > ${room}`);
  return faults;
}
