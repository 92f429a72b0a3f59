/** A bucket in memory, and rclone as a program that reaches it or doesn't. */
import { createHash } from "node:crypto";
import type { Ending, Process } from "../fake-kube/programs.ts";

/** One call of rclone: the container it runs in, and what it is to do. */
export interface Deed {
  readonly container: string;
  readonly subcommand: string;
}

const login = { accessKeyId: "key", secretAccessKey: "CANARY-secret" } as const;
export const loginData = Object.fromEntries(
  Object.entries(login).map(([name, value]) => [name, Buffer.from(value).toString("base64")]),
);
export const canary = login.secretAccessKey;

export class Store {
  readonly objects = new Map<string, string>();
  /** What the store says to a deed it refuses. */
  refuses: (deed: Deed) => string | undefined = () => undefined;
  /** What becomes of an object while it is stored. */
  decay: (text: string) => string = (text) => text;

  rclone(process: Process): Ending {
    const [, subcommand = "", ...words] = process.argv;
    const refused = this.#refusal(process, subcommand) ?? this.#mismatch(process, subcommand);
    if (refused !== undefined) return { code: 1, log: `2026/01/01 00:00:00 NOTICE: ${refused}\n` };
    // A folder may be written with a slash at its end.
    const paths = words.filter((word) => !word.startsWith("--")).map((word) => word.replace(/\/$/u, ""));
    return { code: 0, log: this.#run(process, subcommand, paths), takesMs: 200 };
  }

  #refusal(process: Process, subcommand: string): string | undefined {
    if (!process.argv.some((word) => word.startsWith("store:"))) return undefined;
    if (process.env["RCLONE_CONFIG_STORE_SECRET_ACCESS_KEY"] !== login.secretAccessKey)
      return "Failed: StatusCode: 403, api error SignatureDoesNotMatch: the signature does not match";
    return this.refuses({ container: process.container, subcommand });
  }

  /** Of `checksum sha256 SUMS FOLDER`: what is not as the sums have it, or missing. */
  #mismatch(process: Process, subcommand: string): string | undefined {
    if (subcommand !== "checksum") return undefined;
    const [sums = "", folder = ""] = process.argv.slice(2).filter((word) => word.startsWith("/"));
    const lines = String(process.files.read(sums)).trim().split("\n");
    const wrong = lines.filter((line) => {
      const [hash, name = ""] = line.split("  ");
      return (
        createHash("sha256")
          .update(String(process.files.read(`${folder}/${name}`)))
          .digest("hex") !== hash
      );
    });
    return wrong.length === 0 ? undefined : `Failed to checksum: ${String(wrong.length)} differences found`;
  }

  #run(process: Process, subcommand: string, [from = "", to = ""]: readonly string[]): string {
    switch (subcommand) {
      case "mkdir":
        return "";
      case "lsjson":
        return this.#listed(process, from);
      case "cat":
        return this.#read(process, from) ?? "";
      case "copyto":
        this.#write(process, to, this.#read(process, from) ?? "");
        return "";
      case "copy":
      case "move":
        for (const path of this.#below(process, from)) {
          this.#write(process, `${to}${path.slice(from.length)}`, this.#read(process, path) ?? "");
          if (subcommand === "move") process.files.remove(path);
        }
        return "";
      case "sync":
        this.#empty(process, to);
        return "";
      case "checksum":
        return "";
      default:
        throw new Error(`rclone ${subcommand} is not modelled`);
    }
  }

  #listed(process: Process, folder: string): string {
    const files = this.#below(process, folder).map((path) => {
      const text = this.#read(process, path) ?? "";
      const sha256 = createHash("sha256").update(text).digest("hex");
      return { Path: path.slice(folder.length + 1), Size: text.length, Hashes: { sha256 } };
    });
    return `${JSON.stringify(files)}\n`;
  }

  /** Whatever is synchronised is synchronised with an empty folder. */
  #empty(process: Process, folder: string): void {
    const only = process.argv.find((word) => word.startsWith("--include=/"))?.slice("--include=/".length);
    for (const path of this.#below(process, folder))
      if (only === undefined || path === `${folder}/${only}`) this.#remove(process, path);
  }

  #remove(process: Process, path: string): void {
    if (path.startsWith("store:")) this.objects.delete(path);
    else process.files.remove(path);
  }

  #below(process: Process, folder: string): readonly string[] {
    if (!folder.startsWith("store:")) return process.files.list(folder);
    return [...this.objects.keys()].filter((path) => path.startsWith(`${folder}/`)).toSorted();
  }

  #read(process: Process, path: string): string | undefined {
    if (path.startsWith("store:")) return this.objects.get(path);
    const text = process.files.read(path);
    return typeof text === "string" ? text : undefined;
  }

  #write(process: Process, path: string, text: string): void {
    if (path.startsWith("store:")) this.objects.set(path, this.decay(text));
    else process.files.write(path, text);
  }
}
