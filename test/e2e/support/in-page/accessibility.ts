/**
 * The handful of checks of accessibility that a program can make; what a person hears and sees it cannot tell. Runs in
 * the page, as it stands: browser.ts puts it there. Returns what is wrong, as sentences.
 */
export function accessibilityFaults(leastContrast: number): readonly string[] {
  const faults: string[] = [];
  const all = (selector: string): Element[] => [...document.querySelectorAll(selector)];
  const say = (element: Element): string => element.outerHTML.slice(0, 120);

  if (document.documentElement.lang === "") faults.push("the page names no language");
  if (document.title === "") faults.push("the page has no title");
  for (const selector of ["main", "h1"])
    if (all(selector).length !== 1) faults.push(`${all(selector).length} times <${selector}>`);

  let before = 0;
  for (const heading of all("h1, h2, h3, h4")) {
    const level = Number(heading.tagName.slice(1));
    if (before > 0 && level > before + 1)
      faults.push(`a heading leaves out a level: ${say(heading)}`);
    before = level;
  }

  const ids = all("[id]").map(({ id }) => id);
  for (const id of new Set(ids))
    if (ids.filter((other) => other === id).length > 1) faults.push(`the id ${id} stands twice`);
  for (const element of all("[aria-labelledby], [aria-describedby]"))
    for (const attribute of ["aria-labelledby", "aria-describedby"])
      for (const id of (element.getAttribute(attribute) ?? "").split(/\s+/).filter(Boolean))
        if (document.getElementById(id) === null) faults.push(`${attribute} leads nowhere: ${id}`);

  for (const table of all("table")) {
    // What a picture consists of is said by its label.
    if (table.closest("[role=img]") !== null) continue;
    if ((table.querySelector("caption")?.textContent ?? "").trim() === "")
      faults.push(`a table without a caption: ${say(table)}`);
    for (const cell of table.querySelectorAll("th"))
      if (!["row", "col"].includes(cell.scope)) faults.push(`a heading of nothing: ${say(cell)}`);
  }

  const nameOf = (element: Element): string => {
    const labels = "labels" in element ? (element as HTMLInputElement).labels : null;
    const label = [...(labels ?? [])].map((one) => one.textContent).join(" ");
    return (element.getAttribute("aria-label") ?? `${label} ${element.textContent}`).trim();
  };
  for (const control of all("a[href], button, input, select, summary"))
    if (nameOf(control) === "") faults.push(`a control without a name: ${say(control)}`);
  for (const image of all("[role=img], img"))
    if ((image.getAttribute("aria-label") ?? image.getAttribute("alt") ?? "") === "")
      faults.push(`a picture without words: ${say(image)}`);
  for (const picture of all("svg"))
    if (picture.getAttribute("aria-hidden") !== "true" && picture.getAttribute("role") !== "img")
      faults.push(`a picture that is neither described nor hidden: ${say(picture)}`);

  // Colours come as the browser has resolved them, light-dark() included.
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const rgba = (colour: string): readonly number[] => {
    if (context === null) return [0, 0, 0, 0];
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data];
  };
  const luminance = (colour: readonly number[]): number => {
    const [r = 0, g = 0, b = 0] = colour.slice(0, 3).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element: Element | null): readonly number[] => {
    for (let at = element; at !== null; at = at.parentElement) {
      const colour = rgba(getComputedStyle(at).backgroundColor);
      if ((colour[3] ?? 0) > 0) return colour;
    }
    return rgba("Canvas");
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const seen = new Set<string>();
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement;
    if (element === null || (node.textContent ?? "").trim() === "") continue;
    if (element.closest("noscript, .unseen, option") !== null || !element.checkVisibility())
      continue;
    const style = getComputedStyle(element);
    const text = rgba(element.closest("svg") === null ? style.color : style.fill);
    const [light = 0, dark = 0] = [luminance(text), luminance(ground(element))].sort(
      (a, b) => b - a,
    );
    const contrast = (light + 0.05) / (dark + 0.05);
    const key = `${element.getAttribute("class") ?? ""} ${element.tagName}`;
    if (contrast < leastContrast && !seen.has(key)) {
      seen.add(key);
      faults.push(`contrast ${contrast.toFixed(2)}: ${say(element)}`);
    }
  }
  return faults;
}
