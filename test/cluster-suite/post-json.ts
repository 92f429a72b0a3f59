/** One POST beside the client under test, with the same access. */
import { request } from "node:https";
import type { ClusterAccess } from "../../src/kube/access.ts";

/** Resolves when the API server has taken `body`; rejects with its answer otherwise. */
export async function postJson(access: ClusterAccess, path: string, body: unknown): Promise<void> {
  const headers = [...(await access.authHeaders()), "content-type", "application/json", "host", access.server.host];
  return new Promise((resolve, reject) => {
    const options = { method: "POST", headers, agent: access.agent, ...access.tls };
    const posting = request(new URL(path, access.server), options, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("end", () => {
        if (answer.statusCode === 201) resolve();
        else reject(new Error(`POST ${path}: ${String(answer.statusCode)} ${Buffer.concat(chunks).toString("utf8")}`));
      });
    });
    posting.on("error", reject);
    posting.end(JSON.stringify(body));
  });
}
