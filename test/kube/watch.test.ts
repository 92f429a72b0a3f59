import type { ServerResponse } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { WatchEvent } from "../../src/kube/kube-client.ts";
import { types } from "../../src/kube/objects.ts";
import type { Timing } from "../../src/kube/timing.ts";
import { failureOf, json, refuse, startScriptedServer, statusBody, text } from "../support/scripted-server.ts";
import type { Handler, Received, ScriptedServer } from "../support/scripted-server.ts";

const aPod = (name: string, version: string, uid = `uid-${name}`): object => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "demo", uid, resourceVersion: version },
});
const podList = (version: string, ...items: readonly object[]): Handler =>
  json(200, { kind: "PodList", apiVersion: "v1", metadata: { resourceVersion: version }, items });
const line = (type: string, object: object): string => `${JSON.stringify({ type, object })}\n`;
const bookmark = (version: string): string =>
  line("BOOKMARK", { kind: "Pod", apiVersion: "v1", metadata: { resourceVersion: version } });

/** Answers a watch with lines, and ends it or leaves it open. */
const stream =
  (lines: readonly string[], then: "end" | "stay" | "cut" = "stay"): Handler =>
  (_received, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.flushHeaders();
    response.write(lines.join(""), () => {
      if (then === "cut") response.socket?.destroy();
    });
    if (then === "end") response.end();
  };

let server: ScriptedServer;
let stop: AbortController;
beforeEach(async () => {
  server = await startScriptedServer();
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort();
  await server.stop();
});

/** Lists and watches are answered from two scripts; the last of each stays. */
function answer(lists: readonly Handler[], watches: readonly Handler[]): void {
  const scripts = { list: [...lists], watch: [...watches] };
  server.answerWith((received: Received, response: ServerResponse) => {
    const script = received.query.get("watch") === "true" ? scripts.watch : scripts.list;
    const handler = script.length > 1 ? script.shift() : script[0];
    handler?.(received, response);
  });
}

interface Watching {
  readonly told: string[];
  readonly done: Promise<void>;
  /** Resolves when `count` events have come. */
  reached(count: number): Promise<void>;
}

function startWatch(timing: Partial<Timing> = {}, onEvent: (event: WatchEvent) => void = () => undefined): Watching {
  const told: string[] = [];
  const waiting: (() => void)[] = [];
  const client = server.client({ timing });
  const done = client.watch(
    types.pod,
    { namespace: "demo" },
    (event) => {
      told.push(
        event.type === "RESYNC"
          ? "RESYNC"
          : `${event.type} ${event.object.metadata.name}@${event.object.metadata.resourceVersion ?? ""}`,
      );
      waiting.forEach((check) => {
        check();
      });
      onEvent(event);
    },
    stop.signal,
  );
  return {
    told,
    done,
    reached: (count) =>
      new Promise((resolve) => {
        const check = (): void => {
          if (told.length >= count) resolve();
        };
        waiting.push(check);
        check();
      }),
  };
}

const watches = (): readonly Received[] => server.received.filter(({ query }) => query.get("watch") === "true");
const lists = (): readonly Received[] => server.received.filter(({ query }) => query.get("watch") !== "true");

describe("watch", () => {
  it("tells what is there and then each change, until it is stopped", async () => {
    answer(
      [podList("10", aPod("a", "8"))],
      [stream([line("ADDED", aPod("b", "11")), line("MODIFIED", aPod("a", "12")), line("DELETED", aPod("b", "13"))])],
    );
    const watch = startWatch();
    await watch.reached(4);
    expect(watch.told).toEqual(["ADDED a@8", "ADDED b@11", "MODIFIED a@12", "DELETED b@13"]);
    stop.abort();
    await watch.done;
    expect(watches().length).toBe(1);
    expect(watches()[0]?.path).toBe("/api/v1/namespaces/demo/pods");
    expect(Object.fromEntries(watches()[0]?.query ?? [])).toMatchObject({
      resourceVersion: "10",
      allowWatchBookmarks: "true",
    });
    expect(Number(watches()[0]?.query.get("timeoutSeconds"))).toBeGreaterThanOrEqual(290);
  });

  it("delivers an event at once", async () => {
    const sent: number[] = [];
    const heard: number[] = [];
    answer(
      [podList("10")],
      [
        (_received, response) => {
          response.writeHead(200);
          response.flushHeaders();
          setTimeout(() => {
            sent.push(performance.now());
            response.write(line("ADDED", aPod("a", "11")));
          }, 20);
        },
      ],
    );
    const watch = startWatch({}, () => heard.push(performance.now()));
    await watch.reached(1);
    expect((heard[0] ?? Infinity) - (sent[0] ?? 0)).toBeLessThan(50);
  });

  it("goes on from the last bookmark when the server ends or cuts the stream, without listing", async () => {
    answer(
      [podList("10")],
      [
        stream([line("ADDED", aPod("a", "11")), bookmark("20")], "end"),
        stream([line("MODIFIED", aPod("a", "21")), '{"type":"ADD'], "cut"),
        stream([line("MODIFIED", aPod("a", "22")), "this is no JSON\n", line("ADDED", aPod("never", "99"))]),
        stream([line("MODIFIED", aPod("a", "23"))]),
      ],
    );
    const watch = startWatch();
    await watch.reached(4);
    expect(watch.told).toEqual(["ADDED a@11", "MODIFIED a@21", "MODIFIED a@22", "MODIFIED a@23"]);
    expect(watches().map(({ query }) => query.get("resourceVersion"))).toEqual(["10", "20", "21", "22"]);
    expect(lists().length).toBe(1);
  });

  it.each<[string, Handler]>([
    ["an ERROR event", stream([line("ERROR", statusBody(410, "Expired", "too old resource version"))])],
    ["an answer 410", refuse(410, "Expired", "too old resource version")],
  ])("starts over from a list after %s: RESYNC, what has gone, what is there", async (_what, expired) => {
    answer(
      [
        podList("10", aPod("a", "1"), aPod("b", "2"), aPod("c", "3")),
        podList("50", aPod("b", "40"), aPod("c", "41", "another"), aPod("d", "42")),
      ],
      [expired, stream([line("MODIFIED", aPod("d", "51"))])],
    );
    const watch = startWatch();
    await watch.reached(10);
    const fresh = ["ADDED b@40", "ADDED c@41", "ADDED d@42"];
    expect(watch.told.slice(3)).toEqual(["RESYNC", "DELETED a@1", "DELETED c@3", ...fresh, "MODIFIED d@51"]);
    expect(watches()[1]?.query.get("resourceVersion")).toBe("50");
  });

  it("notices a stream that went silent", async () => {
    answer([podList("10")], [stream([bookmark("15")]), stream([line("ADDED", aPod("a", "16"))])]);
    const watch = startWatch({ watchIdleMs: 30 });
    await watch.reached(1);
    expect(watches()[1]?.query.get("resourceVersion")).toBe("15");
  });

  it("survives a restart of the server", async () => {
    answer([podList("10")], [stream([bookmark("12")]), stream([line("ADDED", aPod("a", "13"))])]);
    const watch = startWatch();
    await until(() => watches().length === 1);
    await server.stop();
    await until(() => true);
    await server.listen();
    await watch.reached(1);
    expect(watch.told).toEqual(["ADDED a@13"]);
    expect(lists().length).toBe(1);
  });

  it("begins before the server is there", async () => {
    await server.stop();
    answer([podList("10", aPod("a", "1"))], [stream([])]);
    const watch = startWatch();
    await until(() => true);
    await server.listen();
    await watch.reached(1);
    expect(watch.told).toEqual(["ADDED a@1"]);
  });

  it("lists anew when the server keeps refusing the version it goes on from", async () => {
    const tooLarge = refuse(504, "Timeout", "Too large resource version: 10, current: 5");
    answer([podList("10"), podList("5", aPod("a", "4"))], [tooLarge, tooLarge, tooLarge, stream([])]);
    const watch = startWatch();
    await watch.reached(2);
    expect(watch.told).toEqual(["RESYNC", "ADDED a@4"]);
  });

  it("polls where watching is forbidden, telling only differences", async () => {
    answer(
      [
        podList("10", aPod("a", "1"), aPod("b", "2")),
        podList("11", aPod("a", "1"), aPod("b", "2")),
        podList("12", aPod("a", "9"), aPod("c", "8")),
        podList("13", aPod("a", "9"), aPod("c", "8")),
      ],
      [refuse(403, "Forbidden", "pods is forbidden")],
    );
    const watch = startWatch();
    await watch.reached(5);
    await until(() => lists().length >= 6);
    expect(watch.told).toEqual(["ADDED a@1", "ADDED b@2", "DELETED b@2", "MODIFIED a@9", "ADDED c@8"]);
    expect(watches().length).toBe(1);
  });

  it("watches again after a spell of polling", async () => {
    answer(
      [podList("10"), podList("11")],
      [refuse(403, "Forbidden", "not yet"), stream([line("ADDED", aPod("a", "12"))])],
    );
    const watch = startWatch({ pollSpellMs: 20 });
    await watch.reached(1);
    expect(watch.told).toEqual(["ADDED a@12"]);
  });

  it.each<[string, Handler]>([
    ["Forbidden", refuse(403, "Forbidden", "pods is forbidden")],
    ["Unauthorized", refuse(401, "Unauthorized", "Unauthorized")],
    ["NotFound", text(404, "404 page not found")],
    ["Invalid", refuse(400, "BadRequest", "unable to parse selector")],
  ])("fails at once with %s when even a list is refused", async (reason, refusal) => {
    answer([refusal], [stream([])]);
    expect((await failureOf(startWatch().done)).reason).toBe(reason);
    expect(server.received.length).toBe(1);
  });

  it("gives a server that was fine a while before it believes a refusal", async () => {
    const forbidden = refuse(403, "Forbidden", "RBAC is not ready");
    answer([podList("10"), forbidden, forbidden, podList("11", aPod("a", "11"))], [forbidden]);
    const watch = startWatch();
    await watch.reached(1);
    answer([forbidden], [forbidden]);
    expect((await failureOf(watch.done)).reason).toBe("Forbidden");
  });

  it("fails with what its receiver throws", async () => {
    answer([podList("10", aPod("a", "1"), aPod("b", "2"))], [stream([])]);
    const watch = startWatch({}, () => {
      throw new Error("mine");
    });
    await expect(watch.done).rejects.toThrow("mine");
    expect(watch.told.length).toBe(1);
  });

  it("resolves at once when stopped before it began", async () => {
    stop.abort();
    await startWatch().done;
    expect(server.received.length).toBe(0);
  });
});

async function until(condition: () => boolean): Promise<void> {
  do await new Promise((resolve) => setTimeout(resolve, 5));
  while (!condition());
}
