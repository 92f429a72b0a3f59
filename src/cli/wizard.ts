/** `install` without arguments, on a terminal: a few questions, then the command line that would have answered them. */
import type { EngineChoice, Prompt } from "./deps.ts";
import type { SpecFlags } from "./flags/spec-flags.ts";
import { invocation } from "./help-format.ts";
import { forms, type Form } from "./problems.ts";

export interface WizardAnswers {
  readonly name: string;
  readonly flags: Required<Pick<SpecFlags, "engine" | "version" | "replicas" | "storage">>;
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
  const preset = engines.find(({ name }) => name === engine)?.versions.default;
  const name = await prompt.text({ message: "Name?", default: "demo", check: formed(forms.name) });
  const version = await prompt.text({
    message: "Version?",
    ...(preset !== undefined && { default: preset }),
    check: formed(forms.version),
  });
  const replicas = await prompt.select("How many members?", memberChoices);
  const storage = await prompt.text({ message: "Storage of each?", default: "8Gi", check: formed(forms.storage) });
  return { name, flags: { engine, version, replicas, storage } };
}

/** The command line that says the same. */
export function equivalentCommand({ name, flags }: WizardAnswers, namespace: string): string {
  const { engine, version, replicas, storage } = flags;
  const spec = `--engine ${engine} --version ${version} --replicas ${replicas} --storage ${storage}`;
  return `${invocation} install ${name} -n ${namespace} ${spec}`;
}

const memberChoices = [
  { value: "3", name: "3: goes on when one fails" },
  { value: "5", name: "5: goes on when two fail" },
  { value: "7", name: "7: goes on when three fail" },
  { value: "1", name: "1: for trying out; stops when it fails" },
] as const;

function formed(form: Form): (answer: string) => string | undefined {
  return (answer) => (form.pattern.test(answer) ? undefined : `Must be ${form.description}`);
}
