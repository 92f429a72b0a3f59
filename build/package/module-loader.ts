/** CommonJS for modules that are no files: how the single executable loads the parts of dist/, and how their code caches are made. */
import { Script } from "node:vm";

export interface Parts {
  /** The text of `list.cjs`, wrapped by {@link wrapped}. */
  readonly source: (name: string) => string;
  /** V8's code for it; undefined where there is none. */
  readonly codeCache?: (name: string) => Buffer | undefined;
  /** For Node's own modules. */
  readonly builtin: (name: string) => unknown;
  readonly folder: string;
  readonly onLoad?: (name: string, script: Script) => void;
}

interface Module {
  exports: unknown;
}

/**
 * As a function of what CommonJS gives a module. Done when the executable is built, so that no text is put together at start; and in
 * Latin-1, a byte a character, which is read quickest. esbuild has escaped what is not ASCII, save in regular expressions.
 */
export function wrapped(source: string): string {
  const escaped = source.replaceAll(/[^\0-\xff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return `(function(exports,require,module,__dirname){${escaped}\n})`;
}

/** `require` for `./NAME.cjs` and Node's own modules. Each part runs once. */
export function loader({ source, codeCache, builtin, folder, onLoad }: Parts): (name: string) => unknown {
  const modules = new Map<string, Module>();
  const load = (request: string): unknown => {
    if (!request.startsWith("./")) return builtin(request);
    const name = request.slice(2);
    const known = modules.get(name);
    if (known !== undefined) return known.exports;
    const module: Module = { exports: {} };
    modules.set(name, module);
    // A cache that V8 rejects (another processor) is ignored without a word.
    const cachedData = codeCache?.(name);
    const script = new Script(source(name), { filename: name, ...(cachedData && { cachedData }) });
    onLoad?.(name, script);
    const run: unknown = script.runInThisContext();
    if (typeof run === "function") Reflect.apply(run, module.exports, [module.exports, load, module, folder]);
    return module.exports;
  };
  return load;
}
