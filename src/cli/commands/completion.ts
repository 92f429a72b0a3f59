/** `completion`: prints the script that makes a shell complete our words. */
import { completionScripts, type Shell } from "../completion-scripts.ts";
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
  usage: "(bash | zsh | fish)",
  description: `Print the script that completes words in your shell.

For kubectl-dbop as a command of its own. 'kubectl dbop' completes by kubectl's
own completion once kubectl_complete-dbop, which lies beside kubectl-dbop, is on
the PATH: krew links only the latter, so link the other yourself.`,
  examples: `# In ~/.bashrc
source <(kubectl dbop completion bash)

# For kubectl dbop
cd "$(dirname "$(readlink -f "$(command -v kubectl-dbop)")")"
ln -s "$PWD/kubectl_complete-dbop" ~/.local/bin/`,
  declare: () => undefined,
  act: (command, deps) => runCompletion(toCompletionOptions(command.args), deps),
};

export function toCompletionOptions(args: readonly string[]): CompletionOptions {
  const problems = collectProblems();
  const [first, ...others] = args;
  for (const other of others) problems.add(`unexpected argument "${other}"`);
  if (first === undefined) problems.add("SHELL is required: one of bash, zsh, fish");
  const shell = problems.oneOf("SHELL", first, ["bash", "zsh", "fish"]);
  problems.throwIfAny("completion");
  return { shell: shell ?? "bash" };
}

export function runCompletion({ shell }: CompletionOptions, { streams }: Pick<Deps, "streams">): Promise<ExitCode> {
  streams.stdout.write(completionScripts[shell]);
  return Promise.resolve(ExitCode.Done);
}
