/** A model of busybox pods: just the commands the contract runs. */
import { DbopError } from "../../../src/errors.ts";
import type { ExecRequest, ExecResult } from "../../../src/kube/kube-client.ts";
import type { FakeKube } from "./fake-kube.ts";
import { filesOn } from "./files.ts";
import { at, listOf } from "./json.ts";
import type { Process } from "./programs.ts";

/** Gives `fake` containers that sleep, exit and answer as busybox does. */
export function busybox(fake: FakeKube): void {
  fake.kubelet({
    start: (pod, _claims, container) => {
      const argv = listOf(at(listOf(at(pod["spec"], "containers"))[0], "command")).map(String);
      const outcome = outcomeOf({ argv, env: {}, files: filesOn([], new Map()) });
      container.log(outcome.log);
      if (outcome.sleepsMs > 0) container.ready();
      else container.exit(outcome.code, outcome.message);
    },
  });
  fake.programs((process) => {
    const { code, log, message, sleepsMs } = outcomeOf(process);
    return { code, log, ...(message !== undefined && { message }), ...(sleepsMs > 0 && { takesMs: sleepsMs }) };
  });
  fake.onExec((_pod, request) => run(request));
}

interface Outcome {
  readonly log: string;
  /** Written to the termination log. */
  readonly message?: string;
  readonly sleepsMs: number;
  readonly code: number;
}

type Surroundings = Pick<Process, "argv" | "env" | "files">;

/** What comes of one command, or of a script of them for `sh -c`, separated by semicolons. All else is done before the first sleep. */
function outcomeOf(process: Surroundings): Outcome {
  const [program, , script = ""] = process.argv;
  const statements = program === "sh" ? script.split(";") : [process.argv.join(" ")];
  return statements.reduce<Outcome>((before, statement) => afterStatement(before, statement.trim(), process), {
    log: "",
    sleepsMs: 0,
    code: 0,
  });
}

function afterStatement(before: Outcome, statement: string, { env, files }: Surroundings): Outcome {
  const [command = "", target] = statement.split(" > ");
  const [program, ...words] = command
    .replace(/\$(\w+)/g, (_, name: string) => env[name] ?? "")
    .replaceAll("'", "")
    .split(" ");
  switch (program) {
    case "echo":
      return printed(before, `${words.join(" ")}\n`, { target, files });
    case "cat":
      return printed(before, String(files.read(words[0] ?? "")), { target, files });
    case "sleep":
      return { ...before, sleepsMs: before.sleepsMs + Number(words[0]) * 1000 };
    case "exit":
      return { ...before, code: Number(words[0]) };
    case "true":
      return before;
    default:
      throw new Error(`the model of busybox can't run: ${statement}`);
  }
}

function printed(
  before: Outcome,
  text: string,
  { target, files }: Pick<Surroundings, "files"> & { readonly target: string | undefined },
): Outcome {
  if (target === undefined) return { ...before, log: before.log + text };
  if (target === "/dev/termination-log") return { ...before, message: text };
  files.write(target, text);
  return before;
}

const exited = (code: number, stdout: string, stderr = ""): ExecResult => ({ outcome: "exited", code, stdout, stderr });

function run({ argv, stdin = "" }: ExecRequest): Promise<ExecResult> | ExecResult {
  const [program, ...words] = argv;
  switch (program) {
    case "echo":
      return exited(0, `${words.join(" ")}\n`);
    case "cat":
      return exited(0, stdin);
    case "sleep":
      return new Promise(() => undefined);
    case "sh":
      return exited(3, "out\n", "err\n");
    default:
      throw new DbopError("ServerError", `failed to exec in container: executable file not found: ${String(program)}`);
  }
}
