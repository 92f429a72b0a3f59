import { describe } from "vitest";
import { anEtcd, fresh, type EtcdBuilder } from "../../support/etcd-model/an-etcd.ts";
import { installs, plans } from "../../support/etcd-model/plan-table.ts";

const gibibytes = 1024 ** 3;
const three = anEtcd().withMembers(3);

/** Claims of 10Gi that a database of three has left. */
const kept = [0, 1, 2].reduce((given, ordinal) => given.claim(ordinal, { ours: false }), anEtcd().consent("adopt"));

const adopts = [
  "certificates/issue",
  "objects/apply",
  "wait/the-quorum-is-back",
  "identity/data-demo-0+data-demo-1+data-demo-2",
];

function sized(given: EtcdBuilder, gib: number): EtcdBuilder {
  return given.storage(`${String(gib)}Gi`, gib * gibibytes);
}

describe("planEtcd asked by install for a size that volumes can't have", () => {
  const fixed = { expandable: false } as const;
  const larger = sized(three, 20).seen(fixed);
  const silent = larger.silent(2).pod(2, { ready: false });
  plans([
    ["refuses to shrink those of members", sized(three, 5), ["blocked: no-shrink-volume"]],
    ["refuses to grow what can't grow", larger, ["blocked: volume-expansion-allowed"]],
    ["before anything is healed", silent, ["blocked: volume-expansion-allowed"]],
    ["where reconcile heals first", silent.verb("reconcile"), ["wait/demo-2-is-healthy"]],
    ["refuses it while no quorum answers", larger.noQuorum(0, 1), ["blocked: volume-expansion-allowed"]],
    ["refuses to shrink kept ones", sized(kept, 5), ["blocked: no-shrink-volume"]],
    ["refuses to grow kept ones that can't", sized(kept, 20).seen(fixed), ["blocked: volume-expansion-allowed"]],
    [
      "grows kept ones that can, when they are members' again",
      sized(kept, 20).seen({ expandable: true }),
      [...adopts, "claims-grow/20Gi", "wait/data-demo-0-has-grown"],
    ],
    ["takes kept ones of that size", kept, adopts],
    ["does not mind claims that no member uses", three.claim(3, { requestedBytes: 50 * gibibytes }), []],
    ["does not mind fresh ones", sized(anEtcd(), 20).claim(0, fresh).seen(fixed), installs(3)],
  ]);
});
