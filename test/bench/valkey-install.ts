/** Three shards of two nodes, made of the same objects as ours, as one makes them by hand. */
import { sameObjects } from "./same-objects.ts";
import { measure, type Measured } from "./measure.ts";

const shards = [0, 1, 2] as const;
const flags = "--tls --cacert /etc/valkey/tls/ca.crt";

export interface Hand {
  readonly namespace: string;
  readonly name: string;
}

/**
 * Apply, wait for the rollout, `--cluster create`, and wait until what `install` calls Ready is there: every replica has its primary's data and every
 * node says that the cluster is in order.
 *
 * @param live what `kubectl get --output json` says of the objects that `install` made
 */
export async function byHand({ namespace, name }: Hand, live: string): Promise<Measured> {
  const here = ["-n", namespace];
  const apply = await measure(["kubectl", "apply", "-f", "-"], sameObjects(live));
  const rollouts: Measured[] = [];
  for (const shard of shards) {
    const set = `statefulset/${name}-shard-${String(shard)}`;
    rollouts.push(await measure(["kubectl", "rollout", "status", set, ...here, "--timeout=180s"]));
  }
  const pods = shards.flatMap((shard) => [0, 1].map((ordinal) => `${name}-shard-${String(shard)}-${String(ordinal)}`));
  const found = await measure(["kubectl", "get", "pods", ...pods, ...here, "-o", "jsonpath={.items[*].status.podIP}"]);
  const ips = found.stdout.trim().split(" ");
  const primariesFirst = [0, 2, 4, 1, 3, 5].map((at) => `${ips[at] ?? ""}:6379`).join(" ");
  const script = `
    valkey-cli ${flags} --cluster create ${primariesFirst} --cluster-replicas 1 --cluster-yes >/dev/null
    for ip in ${ips.join(" ")}; do
      until valkey-cli ${flags} -h $ip INFO replication | grep -qE 'role:master|master_link_status:up'; do sleep 0.1; done
      until valkey-cli ${flags} -h $ip CLUSTER INFO | grep -q cluster_state:ok; do sleep 0.1; done
    done`;
  const create = await measure(["kubectl", "exec", pods[0] ?? "", ...here, "--", "sh", "-ec", script]);
  const steps = [apply, ...rollouts, found, create];
  return { ...create, ms: steps.reduce((sum, { ms }) => sum + ms, 0) };
}
