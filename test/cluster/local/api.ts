import { readFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import type { Layout } from "./layout.ts";
import { network } from "./network.ts";
import type { Wire } from "./state.ts";

/** Reads from the cluster's API server as its administrator; `undefined` unless it answers with success. */
export async function apiGet(layout: Layout, wire: Wire, path: string): Promise<string | undefined> {
  const file = (name: string): Buffer => readFileSync(join(layout.run, "pki", name));
  return new Promise((resolve) => {
    const call = request(
      {
        host: wire.nodeAddress,
        port: network.apiPort,
        path,
        ca: file("ca.crt"),
        cert: file("admin.crt"),
        key: file("admin.key"),
        agent: false,
        timeout: 1500,
      },
      (response) => {
        let body = "";
        response.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
        response.on("end", () => {
          resolve(response.statusCode === 200 ? body : undefined);
        });
        response.on("error", () => {
          resolve(undefined);
        });
      },
    );
    call.on("timeout", () => call.destroy());
    // Not answering is what is being asked about.
    call.on("error", () => {
      resolve(undefined);
    });
    call.end();
  });
}
