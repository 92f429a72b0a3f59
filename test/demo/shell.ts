/** Runs what the demo types, as a user's shell would: words, a PATH with kubectl and the plugin, a KUBECONFIG. */
import { start, type Ended, type Running } from "../support/real/command.ts";
import { heard, typed } from "./narrator.ts";

export class Shell {
  readonly #env: Readonly<Record<string, string | undefined>>;
  #running: Running | undefined;

  constructor(env: Readonly<Record<string, string | undefined>>) {
    this.#env = env;
  }

  /** Shows the command, runs it and shows what it says. Throws unless it exits with 0; returns its stdout. */
  async type(command: string): Promise<string> {
    const ended = await this.begin(command).ended;
    showResult(ended);
    if (ended.code !== 0) throw new Error(`${command}: exit code ${String(ended.code)}, and 0 was promised`);
    return ended.stdout;
  }

  /** Shows and starts it; what it says on stderr appears as it comes. */
  begin(command: string): Running {
    typed(command);
    return this.#start(command, heard);
  }

  /** Runs it unseen. Throws unless it exits with 0; returns its stdout. */
  async ask(command: string): Promise<string> {
    const ended = await this.#start(command).ended;
    if (ended.code !== 0) throw new Error(`${command}: ${ended.stderr}${ended.stdout}`);
    return ended.stdout;
  }

  /** Ends what runs. */
  interrupt(): void {
    this.#running?.kill("SIGKILL");
  }

  #start(command: string, onLine?: (line: string) => void): Running {
    const [program = "", ...words] = command.split(" ");
    this.#running = start(program, words, { env: this.#env, ...(onLine === undefined ? {} : { onLine }) });
    return this.#running;
  }
}

function showResult({ stdout }: Ended): void {
  if (stdout.trim() !== "") stdout.trimEnd().split("\n").forEach(heard);
}
