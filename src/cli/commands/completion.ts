/** `completion`: prints the script that makes a shell complete our words. */
import { completionScripts, shells, type Shell } from "../completion-scripts.ts";
import type { CommandSpec } from "../command-spec.ts";
import type { Deps } from "../deps.ts";
import { ExitCode } from "../exit-code.ts";
import { collectProblems } from "../problems.ts";

export interface CompletionOptions {
  readonly shell: Shell;
}

export const completionSpec: CommandSpec = {
  name: "completion",
  summary: "Print the script that completes words in your shell",
  usage: "(bash | zsh | fish | powershell)",
  description: `Print the script that completes words in your shell.

For kubectl-dbop as a command of its own. 'kubectl dbop' completes by kubectl's
own completion, which asks a program kubectl_complete-dbop on the PATH. krew
links one program of a plugin only, so make the other: it has two lines.`,
  examples: `# In ~/.bashrc
source <(kubectl dbop completion bash)

# For kubectl dbop: a program that passes the words on
cd ~/.local/bin
echo '#!/bin/sh' > kubectl_complete-dbop
echo 'exec kubectl-dbop __complete "$@"' >> kubectl_complete-dbop
chmod +x kubectl_complete-dbop`,
  declare: () => undefined,
  act: (command, deps) => runCompletion(toCompletionOptions(command.args), deps),
};

export function toCompletionOptions(args: readonly string[]): CompletionOptions {
  const problems = collectProblems();
  const [first, ...others] = args;
  for (const other of others) problems.add(`unexpected argument "${other}"`);
  if (first === undefined) problems.add(`SHELL is required: one of ${shells.join(", ")}`);
  const shell = problems.oneOf("SHELL", first, shells);
  problems.throwIfAny("completion");
  return { shell: shell ?? "bash" };
}

export function runCompletion({ shell }: CompletionOptions, { streams }: Pick<Deps, "streams">): Promise<ExitCode> {
  streams.stdout.write(completionScripts[shell]);
  return Promise.resolve(ExitCode.Done);
}
