/** What the demo shows, one scene after the other. A scene throws when something is not as promised. */
import { types } from "../../src/kube/objects.ts";
import { admin } from "../support/real/cluster.ts";
import { startWriter, type Writer } from "../support/real/writer.ts";
import { afterlife } from "./afterlife.ts";
import { chapter, proved, say, seconds } from "./narrator.ts";
import type { Shell } from "./shell.ts";
import { expectMembers, meanwhile, timed, until, written, type Scene, type Stage } from "./stage.ts";

const lostMember = 1;

/** Installs, scales, kills, heals, scales back, reads back; backs up, destroys, restores, compares, upgrades; deletes. */
export async function runScenes(shell: Shell, stage: Stage): Promise<void> {
  try {
    await life(shell, stage);
    await afterlife(shell, stage);
    await takeDown(shell, stage);
  } finally {
    (await admin()).kube.close();
  }
}

async function life(shell: Shell, stage: Stage): Promise<void> {
  const scenes: Scene[] = [await install(shell, stage)];
  const writer = await startWriter(stage);
  try {
    chapter(
      "A client begins to write",
      "It writes a numbered key, waits for etcd to acknowledge it, and writes the next.",
    );
    for (const scene of [scaleOut, loseADisk, scaleIn]) scenes.push(await written(writer, () => scene(shell, stage)));
    await readBack(writer, scenes);
  } finally {
    await writer.stop();
  }
}

async function install(shell: Shell, { namespace, name, version }: Stage): Promise<Scene> {
  chapter(
    "Install",
    "Three members that speak TLS with each other and with clients, from certificates made on the way.",
  );
  await shell.type(`kubectl create namespace ${namespace}`);
  const size = "--replicas 3 --storage 256Mi";
  const ms = await timed(() =>
    shell.type(`kubectl dbop install ${name} -n ${namespace} --engine etcd --version ${version} ${size}`),
  );
  await shell.type(`kubectl get pods,databaseclusters -n ${namespace}`);
  proved(`three members are ready after ${seconds(ms)}`);
  return { title: "install", ms };
}

async function scaleOut(shell: Shell, stage: Stage): Promise<Scene> {
  const { namespace, name } = stage;
  chapter(
    "Scale 3 → 5, and be killed half-way",
    "Each new member learns the data first and gets its vote when it has caught up.",
  );
  const command = `kubectl dbop scale ${name} -n ${namespace} --replicas 5`;
  const began = Date.now();
  const first = shell.begin(command);
  await Promise.race([podExists(stage, 3), first.ended]);
  first.kill("SIGKILL");
  if ((await first.ended).code !== null) throw new Error("the run ended before it could be killed");
  proved(
    `killed with kill -9 after ${seconds(Date.now() - began)}, just when ${name}-3 had been made. The same command again:`,
  );
  const ms = await timed(() => shell.type(command));
  await expectMembers(stage, 5);
  await expectOneOperation(shell, stage);
  proved(`five members vote, none of them twice; it is one operation in the history. ${seconds(ms)}, of which 15 s`);
  say("  went by until the dead run's lock had stood still for so long that its holder must be dead");
  return { title: "scale 3 → 5, killed once", ms: Date.now() - began };
}

async function loseADisk(shell: Shell, stage: Stage): Promise<Scene> {
  const { namespace, name } = stage;
  const pod = `${name}-${String(lostMember)}`;
  chapter(
    "Lose a disk",
    `The claim of ${pod} and its data are deleted. The pod that comes back has nothing to start from.`,
  );
  const lost = await claimUid(stage);
  await shell.type(`kubectl delete persistentvolumeclaim data-${pod} -n ${namespace} --wait=false`);
  await shell.type(`kubectl delete pod ${pod} -n ${namespace}`);
  await until(async () => (await claimUid(stage)) !== lost);
  const ms = await timed(() => shell.type(`kubectl dbop reconcile ${name} -n ${namespace}`));
  await expectMembers(stage, 5);
  proved(`${pod} left the cluster, was cleaned, joined again as a learner and has its vote back after ${seconds(ms)}`);
  return { title: "heal a member without its disk", ms };
}

async function scaleIn(shell: Shell, stage: Stage): Promise<Scene> {
  const { namespace, name } = stage;
  chapter("Scale 5 → 3", "Fewer members are less safety, so this asks for the database's name.");
  const ms = await timed(() => shell.type(`kubectl dbop scale ${name} -n ${namespace} --replicas 3 --confirm=${name}`));
  await expectMembers(stage, 3);
  const claims = (await shell.ask(`kubectl get persistentvolumeclaims -n ${namespace} -o name`)).trim().split("\n");
  if (claims.length !== 3) throw new Error(`three claims were promised and there are: ${claims.join(", ")}`);
  await shell.type(`kubectl dbop reconcile ${name} -n ${namespace}`);
  await shell.type(`kubectl dbop history ${name} -n ${namespace}`);
  proved(
    `two members, their pods and their claims are gone after ${seconds(ms)}, and a second pass finds nothing to do`,
  );
  return { title: "scale 5 → 3", ms };
}

/** Each member is asked for itself, not the leader for all of them. */
async function readBack(writer: Writer, scenes: readonly Scene[]): Promise<void> {
  chapter("Read every key back", "From each of the three members, without asking the others.");
  const missing = new Set<string>();
  for (const ordinal of [0, 1, 2]) for (const key of await writer.missing(ordinal)) missing.add(key);
  const stretches = scenes.flatMap(({ stretch }) => (stretch === undefined ? [] : [stretch]));
  const writes = stretches.reduce((sum, stretch) => sum + stretch.writes, 0);
  const longest = Math.max(...stretches.map(({ longestGapMs }) => longestGapMs));
  for (const { title, ms, stretch } of scenes)
    say(`  ${title.padEnd(32)} ${seconds(ms).padStart(7)}${meanwhile(stretch)}`);
  const result = `acknowledged writes: ${String(writes)}, lost: ${String(missing.size)}, longest gap: ${seconds(longest)}`;
  if (missing.size > 0)
    throw new Error(`${result}; the first of the lost ones: ${[...missing].slice(0, 5).join(", ")}`);
  if (writes === 0) throw new Error("nothing was written: that proves nothing");
  proved(result);
}

async function takeDown(shell: Shell, { namespace, name }: Stage): Promise<void> {
  chapter("Take it down", "With its data, which asks for the name; without --delete-data the disks would stay.");
  await shell.type(`kubectl dbop delete ${name} -n ${namespace} --delete-data --confirm=${name}`);
}

async function expectOneOperation(shell: Shell, { namespace, name }: Stage): Promise<void> {
  const { history } = JSON.parse(await shell.ask(`kubectl dbop history ${name} -n ${namespace} -o json`)) as {
    readonly history: readonly { readonly verb: string }[];
  };
  const scales = history.filter(({ verb }) => verb === "scale").length;
  if (scales !== 1) throw new Error(`one scale was promised in the history and there are ${String(scales)}`);
}

async function podExists({ namespace, name }: Stage, ordinal: number): Promise<void> {
  const { kube } = await admin();
  await until(async () => {
    const pod = await kube.get({ type: types.pod, namespace, name: `${name}-${String(ordinal)}` });
    return pod !== undefined;
  });
}

async function claimUid({ namespace, name }: Stage): Promise<string | undefined> {
  const { kube } = await admin();
  const type = types.claim;
  return (await kube.get({ type, namespace, name: `data-${name}-${String(lostMember)}` }))?.metadata.uid;
}
