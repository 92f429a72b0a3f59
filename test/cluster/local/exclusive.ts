import { createServer, type Server } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Runs `action` while no other process on this machine runs one under the same name, waiting for its turn.
 *
 * The lock is a socket in Linux' abstract namespace: taking it is atomic, and it is gone with its process
 * however that ends, so there is no stale lock to judge.
 */
export async function exclusively<T>(name: string, waiting: () => void, action: () => Promise<T>): Promise<T> {
  let server = await listen(name);
  if (server === undefined) waiting();
  while (server === undefined) {
    await sleep(200);
    server = await listen(name);
  }
  try {
    return await action();
  } finally {
    server.close();
  }
}

async function listen(name: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((connection) => connection.destroy());
    server.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") resolve(undefined);
      else reject(error);
    });
    server.listen(`\0${name}`, () => {
      resolve(server);
    });
  });
}
