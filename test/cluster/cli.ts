import { resolve } from "node:path";
import { chooseProvider } from "./cluster.ts";
import type { Log, Provider } from "./provider.ts";

type Verb = (provider: Provider, argument: string) => Promise<number>;

const log: Log = (line) => process.stderr.write(`${line}\n`);
const print: Log = (line) => process.stdout.write(`${line}\n`);

const verbs = new Map<string, Verb>([
  ["up", up],
  ["down", down],
  ["status", status],
  ["kubeconfig", kubeconfig],
  ["load", load],
]);

// Whoever reads may stop before the end, like head.
process.stdout.on("error", () => undefined);

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const [name = "", argument = ""] = args;
  const verb = args.length === (name === "load" ? 2 : 1) ? verbs.get(name) : undefined;
  if (verb === undefined) {
    log(`usage: npm run cluster -- ${[...verbs.keys()].join(" | ")} ARCHIVE`);
    return 2;
  }
  try {
    const provider = await chooseProvider(process.env);
    if (!("unavailable" in provider)) return await verb(provider, argument);
    log(`error: ${provider.unavailable}`);
  } catch (error) {
    log(`error: ${error instanceof Error ? error.message : String(error)}`);
  }
  return 1;
}

async function up(provider: Provider): Promise<number> {
  log(`cluster: ${provider.reason}`);
  const cluster = await provider.up(log);
  // The last line, for eval and for eyes.
  print(`export KUBECONFIG=${cluster.kubeconfig}`);
  return 0;
}

async function down(provider: Provider): Promise<number> {
  await provider.down(log);
  return 0;
}

async function status(provider: Provider): Promise<number> {
  log(`cluster: ${provider.reason}`);
  const { running, lines } = await provider.status();
  lines.forEach(print);
  return running ? 0 : 1;
}

async function kubeconfig(provider: Provider): Promise<number> {
  print(provider.kubeconfig);
  return Promise.resolve(0);
}

async function load(provider: Provider, archive: string): Promise<number> {
  await provider.load(resolve(archive));
  return 0;
}
