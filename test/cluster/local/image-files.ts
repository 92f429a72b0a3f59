import { readFile } from "node:fs/promises";
import { must } from "../command.ts";
import type { TarEntry } from "../../../build/image/tar.ts";

/** Where the programs of an image are looked for, as an environment variable. */
export const searchPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** A shell and what belongs to it, all of them this machine's busybox, with the few files every image has. */
export async function busyboxFiles(users: readonly User[] = []): Promise<readonly TarEntry[]> {
  const path = await busyboxPath();
  const commands = (await must(path, ["--list"])).split("\n").filter((name) => name !== "" && name !== "busybox");
  return [
    ...folders("bin/busybox"),
    { kind: "folder", path: "tmp", mode: 0o1777 },
    ...userFiles(users),
    await executable("bin/busybox", path),
    ...commands.map((name): TarEntry => ({ kind: "link", path: `bin/${name}`, target: "busybox" })),
  ];
}

/** Where this machine's static busybox is. */
export async function busyboxPath(): Promise<string> {
  return (await must("sh", ["-c", "command -v busybox"])).trim();
}

/** A user of an image besides root and nobody, with a group of the same name and number. */
export interface User {
  readonly name: string;
  readonly id: number;
}

/** Who there is, and that names are looked up in files before they are asked for. */
export function userFiles(users: readonly User[] = []): readonly TarEntry[] {
  const file = (path: string, lines: readonly string[]): TarEntry => ({
    kind: "file",
    path,
    content: Buffer.from(lines.map((line) => `${line}\n`).join("")),
    mode: 0o644,
  });
  const nowhere = "/nonexistent:/bin/false";
  return [
    { kind: "folder", path: "etc", mode: 0o755 },
    file("etc/passwd", [
      "root:x:0:0:root:/root:/bin/sh",
      ...users.map(({ name, id }) => `${name}:x:${String(id)}:${String(id)}:${name}:${nowhere}`),
      `nobody:x:65534:65534:nobody:${nowhere}`,
    ]),
    file("etc/group", ["root:x:0:", ...users.map(({ name, id }) => `${name}:x:${String(id)}:`), "nogroup:x:65534:"]),
    file("etc/nsswitch.conf", ["hosts: files dns"]),
  ];
}

/** The folders above a path, outermost first. */
export function folders(path: string): readonly TarEntry[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, index) => ({ kind: "folder", path: parts.slice(0, index + 1).join("/"), mode: 0o755 }));
}

/** The program at `source` on this machine as one at `path` in the image. */
export async function executable(path: string, source: string): Promise<TarEntry> {
  return { kind: "file", path, content: await readFile(source), mode: 0o755 };
}
