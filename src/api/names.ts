/** Grammars of names that Kubernetes and its registries share. */

/** A DNS subdomain (RFC 1123), as most objects are named. */
export function isDnsSubdomain(text: string): boolean {
  return text.length <= 253 && /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/u.test(text);
}

const label = "[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?";
const host = `(?:${label}(?:\\.${label})*|\\[[0-9a-fA-F:]+\\])(?::[0-9]+)?`;
const component = "[a-z0-9]+(?:(?:[.]|_|__|-+)[a-z0-9]+)*";
const name = `(?:${host}/)?${component}(?:/${component})*`;
const tag = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}";
const digest = "[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}";
const reference = new RegExp(`^(?<name>${name})(?::${tag})?(?:@${digest})?$`, "u");

/** `[host[:port]/]path[:tag][@digest]`, the name at most 255 characters (the CNCF's distribution/reference). */
export function isImageReference(text: string): boolean {
  const found = reference.exec(text)?.groups?.["name"];
  return found !== undefined && found.length <= 255;
}
