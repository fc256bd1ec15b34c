/** Words of a node, or of what failed on the way to it, without the endpoint's address: it can hold an access key. */

/** Shorter parts of an address are names such as "v2" or "rpc", and no keys. */
const SHORTEST_KEY = 6;

const HIDDEN = "the endpoint";

/** @param url an endpoint as the operator wrote it, with whatever keys it holds */
export function redactor(url: string): (text: string) => string {
  const parsed = URL.parse(url);
  const parts = parsed === null ? [url] : [parsed.host, parsed.hostname, ...keysOf(parsed)];
  const hidden = [...new Set(parts)]
    .filter((part) => part.length >= SHORTEST_KEY)
    .toSorted((a, b) => b.length - a.length)
    .map((part) => part.replaceAll(/[^\w]/g, String.raw`\$&`));
  const pattern = new RegExp([String.raw`\b[a-z]+://\S+`, ...hidden].join("|"), "gi");
  return (text) => text.replaceAll(pattern, HIDDEN);
}

/** In every form in which a message may repeat them. */
function keysOf({ username, password, pathname, search }: URL): string[] {
  const query = search.slice(1);
  const written = [
    username,
    password,
    ...pathname.split("/"),
    ...query.split("&").flatMap((field) => [field, field.slice(field.indexOf("=") + 1)]),
  ];
  const plain = [...written.map(decoded), ...new URLSearchParams(query).values()];
  const login = `${decoded(username)}:${decoded(password)}`;
  const encoded = (["latin1", "utf8"] as const).map((as) =>
    Buffer.from(login, as).toString("base64"),
  );
  return [...written, ...plain, ...encoded];
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
