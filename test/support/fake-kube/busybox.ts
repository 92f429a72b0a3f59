/** A model of busybox pods: just the commands the contract runs. */
import { DbopError } from "../../../src/errors.ts";
import type { ExecRequest, ExecResult } from "../../../src/kube/kube-client.ts";
import type { FakeKube } from "./fake-kube.ts";
import { at, listOf } from "./json.ts";

/** Gives `fake` containers that sleep, exit and answer as busybox does. */
export function busybox(fake: FakeKube): void {
  fake.kubelet({
    start: (pod, _claims, container) => {
      const outcome = outcomeOf(listOf(at(listOf(at(pod["spec"], "containers"))[0], "command")).map(String));
      container.log(outcome.log);
      if (outcome.sleepsMs > 0) container.ready();
      else container.exit(outcome.code, outcome.message);
    },
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

/** What comes of `sleep 1`, `true`, or `sh -c` with a script of those, `echo` and `exit`. */
function outcomeOf([program = "", ...words]: readonly string[]): Outcome {
  const script = program === "sh" ? (words[1] ?? "") : [program, ...words].join(" ");
  return script
    .split(";")
    .map((statement) => statement.trim())
    .reduce(afterStatement, { log: "", sleepsMs: 0, code: 0 });
}

function afterStatement(before: Outcome, statement: string): Outcome {
  const [, last] = /^echo (.*) > \/dev\/termination-log$/.exec(statement) ?? [];
  if (last !== undefined) return { ...before, message: `${last}\n` };
  const [program, ...words] = statement.split(" ");
  switch (program) {
    case "echo":
      return { ...before, log: `${before.log}${words.join(" ")}\n` };
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
