/** `install` without arguments, on a terminal: a few questions, then the command line that would have answered them. */
import type { EngineChoice, Prompt } from "./deps.ts";
import type { SpecFlags } from "./flags/spec-flags.ts";
import { invocation } from "./help-format.ts";
import { forms, type Form } from "./problems.ts";

export interface WizardAnswers {
  readonly name: string;
  readonly flags: Required<Pick<SpecFlags, "engine" | "version" | "replicas" | "storage">> & Pick<SpecFlags, "shards">;
}

export interface WizardSetting {
  readonly prompt: Prompt;
  readonly engines: readonly EngineChoice[];
}

/** Asks; rejects with `Interrupted` when left. */
export async function askInstall({ prompt, engines }: WizardSetting): Promise<WizardAnswers> {
  const engine = await prompt.select(
    "Which database?",
    engines.map(({ name, title }) => ({ value: name, name: title })),
  );
  const chosen = engines.find(({ name }) => name === engine);
  const preset = chosen?.versions.default;
  const name = await prompt.text({ message: "Name?", default: "demo", check: formed(forms.name) });
  const version = await prompt.text({
    message: "Version?",
    ...(preset !== undefined && { default: preset }),
    check: formed(forms.version),
  });
  const spread =
    chosen?.sharding.kind === "shards"
      ? await askSpread(prompt, chosen.sharding.default)
      : { replicas: await prompt.select("How many members?", memberChoices) };
  const storage = await prompt.text({ message: "Storage of each?", default: "8Gi", check: formed(forms.storage) });
  return { name, flags: { engine, version, ...spread, storage } };
}

async function askSpread(
  prompt: Prompt,
  preset: number,
): Promise<{ readonly shards: string; readonly replicas: string }> {
  const shards = await prompt.text({
    message: "How many shards?",
    default: String(preset),
    check: formed(forms.shards),
  });
  return { shards, replicas: await prompt.select("How many pods in each shard?", podChoices) };
}

/** The command line that says the same. */
export function equivalentCommand({ name, flags }: WizardAnswers, namespace: string): string {
  const { engine, version, replicas, storage, shards } = flags;
  const spread = shards === undefined ? "" : ` --shards ${shards}`;
  const spec = `--engine ${engine} --version ${version}${spread} --replicas ${replicas} --storage ${storage}`;
  return `${invocation} install ${name} -n ${namespace} ${spec}`;
}

const memberChoices = [
  { value: "3", name: "3: goes on when one fails" },
  { value: "5", name: "5: goes on when two fail" },
  { value: "7", name: "7: goes on when three fail" },
  { value: "1", name: "1: for trying out; stops when it fails" },
] as const;

const podChoices = [
  { value: "2", name: "2: a primary and a replica that takes its place" },
  { value: "3", name: "3: a primary and two replicas" },
  { value: "1", name: "1: for trying out; its part of the data is not there when it fails" },
] as const;

function formed(form: Form): (answer: string) => string | undefined {
  return (answer) => (form.pattern.test(answer) ? undefined : `Must be ${form.description}`);
}
