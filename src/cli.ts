/**
 * The command line: `deno task run`, `scenarios`, `demo`, `audit`, `backbone`, `data`, `config`,
 * `results`, `thresholds`, `predict`, `extend`.
 *
 * Exit codes: 0 when all is done, 1 after an unforeseen fault or when a dataset that was checked
 * has faults or a photograph could not be read, 2 when what was asked for cannot be done as asked, which one line on standard
 * error explains; 130 when Ctrl-C stopped it and 143 when SIGTERM did, as shells count. What a command needs is loaded when it runs, so that help comes at once.
 *
 * @module
 */
import { Command, CommanderError } from "commander";
import type { ConfigKey } from "@/config.ts";
import { exportWords } from "@/deploy/commands/export_words.ts";
import { extendWords } from "@/deploy/commands/extend_words.ts";
import { predictWords } from "@/deploy/commands/predict_words.ts";
import { readPackage, repositoryRoot } from "@/files/environment.ts";
import { Interruption, stoppable, untilInterrupted } from "@/files/interruption.ts";
import { createProgress, noProgress, type StartProgress } from "@/files/progress.ts";
import { sortAuditWords } from "@/lab/commands/audit_words.ts";
import { keyHelp } from "@/lab/commands/config.ts";
import { type CommandWords, resultsWords, thresholdsWords } from "@/lab/commands/finished_words.ts";
import { createOutput, type Output } from "@/lab/commands/output.ts";
import { readWords } from "@/lab/commands/read_words.ts";
import { longCommands, stopMessage } from "@/lab/commands/stop_words.ts";
import { closestName, describeSystemError } from "@/messages.ts";

/** Where the command line reads from and writes to. */
export interface CommandLine {
  /** Command, then its arguments. */
  readonly args: readonly string[];
  /** Receives results; default: standard output. */
  readonly print?: (line: string) => void;
  /** Receives errors; default: standard error. */
  readonly complain?: (line: string) => void;
  /** Shows progress; default: on standard error. */
  readonly startProgress?: StartProgress;
}

/** Options that every command takes. */
interface CommonOptions {
  readonly json?: true;
  readonly quiet?: true;
  readonly overwrite?: true;
}

/** Makes the output of a command from its options. */
type OpenOutput = (options: CommonOptions) => Output;

/** What a program is made with. */
interface Wiring {
  readonly open: OpenOutput;
  /** Takes the exit code of a command that tells one. */
  readonly end: (code: number) => void;
  /** Receives help. */
  readonly print: (text: string) => void;
  /** Receives what is wrong. */
  readonly complain: (text: string) => void;
}

/** What each file of commands exports. */
interface Commands {
  readonly "lab/run": typeof import("@/lab/commands/run.ts");
  readonly "lab/audit": typeof import("@/lab/commands/audit.ts");
  readonly "lab/backbone": typeof import("@/lab/commands/backbone.ts");
  readonly "lab/data": typeof import("@/lab/commands/data.ts");
  readonly "lab/config": typeof import("@/lab/commands/config.ts");
  readonly "lab/results": typeof import("@/lab/commands/results.ts");
  readonly "lab/thresholds": typeof import("@/lab/commands/thresholds.ts");
  readonly "deploy/predict": typeof import("@/deploy/commands/predict.ts");
  readonly "deploy/extend": typeof import("@/deploy/commands/extend.ts");
  readonly "deploy/export": typeof import("@/deploy/commands/export.ts");
}

/**
 * Loads a command when it runs. Deno reads whatever a literal import names before anything starts,
 * which takes help twice as long.
 */
function loadCommand<Name extends keyof Commands>(name: Name): Promise<Commands[Name]> {
  const [room, file] = name.split("/");
  return import(new URL(`./${room}/commands/${file}.ts`, import.meta.url).href);
}

/** Runs one command and returns its exit code. */
export async function runCommandLine(line: CommandLine): Promise<number> {
  const { args, print = printLine, complain = printError } = line;
  const startProgress = line.startProgress ?? ((label) => createProgress({ label }));
  let code = 0;
  const open: OpenOutput = ({ json = false, quiet = false }) =>
    createOutput({
      isJson: json,
      print,
      complain,
      startProgress: stoppable(quiet ? noProgress : startProgress),
    });
  const program = await createProgram({ open, end: (given) => code = given, print, complain });
  try {
    const work = () => program.parseAsync(withAction(args), { from: "user" });
    const name = args[0] ?? "";
    if (!longCommands.includes(name)) await work();
    else await untilInterrupted(work, { message: stopMessage(name) });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0;
      complain(refusalOf(error, { program, args }));
      return 2;
    }
    // Whoever reads the results has seen enough, as `head` has.
    if (error instanceof Deno.errors.BrokenPipe) return 0;
    if (error instanceof Interruption) {
      complain(error.message);
      return error.signal === "SIGTERM" ? 143 : 130;
    }
    if (error instanceof Error && error.message.startsWith("Cannot ")) {
      complain(error.message);
      return 2;
    }
    const refusal = describeSystemError(error);
    if (refusal !== null) {
      complain(`Cannot finish "${args[0]}": ${refusal}`);
      return 2;
    }
    complain(error instanceof Error ? error.stack ?? error.message : String(error));
    return 1;
  }
}

/** `data` alone lists, and no command at all asks for help. */
function withAction(args: readonly string[]): string[] {
  const [name, action = "--json"] = args;
  if (name === undefined) return ["help"];
  const isHelp = action === "--help" || action === "-h";
  return name === "data" && action.startsWith("-") && !isHelp
    ? ["data", "list", ...args.slice(1)]
    : [...args];
}

async function createProgram(wiring: Wiring): Promise<Command> {
  const { open, print } = wiring;
  const { version } = await readPackage();
  const program = new Command("deno task")
    .description(
      "HierCore Lab: one model for many kinds of products, and which threshold a new image meets.",
    )
    .usage("COMMAND [options] [KEY=value…]")
    .version(version, "-V, --version", "shows the version")
    .helpOption("-h, --help", "shows help; COMMAND --help shows that of a command, with every key")
    .helpCommand("help [command]", "shows help")
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .exitOverride()
    .configureOutput({
      writeOut: (text) => print(text.trimEnd()),
      writeErr: () => {},
      outputError: () => {},
      getOutHelpWidth: () => 100,
    })
    .addHelpText(
      "after",
      "\nKEY=value overrides a key of the configuration, such as MODEL.sampler_ratio=0.02 or\n" +
        "DEFAULT.seed=[0,1,2]; without config=FILE the defaults apply.\n" +
        "\nExit codes: 0 done; 1 a fault, or a checked dataset has some; 2 not possible as asked;\n130 or 143 stopped.",
    );
  addMethods(program, open);
  withWords(program, exportWords)
    .action(async (run: string, folder: string, options: CommonOptions) => {
      const { exportCommand } = await loadCommand("deploy/export");
      await exportCommand({ ...options, run, folder, output: open(options) });
    });
  addAudit(program, open);
  addBackbone(program, open);
  addData(program, wiring);
  addConfig(program, open);
  addFinished(program, open);
  addDeployed(program, wiring);
  return program;
}

/** Options that every command takes, and how it is called. */
function withCommon(command: Command, usage: string, { hasDocument = true } = {}): Command {
  command.usage(usage);
  if (hasDocument) {
    command.option("-j, --json", "one JSON document on standard output instead of text");
  }
  return command
    .option("-q, --quiet", "no progress on standard error")
    .helpOption("-h, --help", "shows this");
}

const overridesHelp: [string, string] = [
  "[overrides...]",
  "config=FILE names a YAML file, KEY=value overrides a key of it",
];

/** The option of commands that write results into a folder. */
function withOverwrite(command: Command): Command {
  return command.option(
    "--overwrite",
    "replace a folder of results that holds something else; other people's files stay",
  );
}

function choiceOf({ overwrite }: CommonOptions): { readonly overwrite: boolean } {
  return { overwrite: overwrite ?? false };
}

/** Help on the keys of some sections, below everything else. */
function addKeyHelp(command: Command, isShown: (key: ConfigKey) => boolean): Command {
  return command.addHelpText("after", () => `\n${keyHelp(isShown)}`);
}

function addMethods(program: Command, open: OpenOutput): void {
  const everyKey = (): boolean => true;
  const usage = "[options] [config=FILE] [KEY=value…]";
  const run = program.command("run").summary("one method on one dataset")
    .description("Runs one method on one dataset: trains, scores, sets thresholds, reports.")
    .argument(...overridesHelp);
  addKeyHelp(withOverwrite(withCommon(run, usage)), everyKey)
    .action(async (words: string[], options: CommonOptions) => {
      const { runCommand } = await loadCommand("lab/run");
      await runCommand({ ...readWords(words, "run"), ...choiceOf(options), output: open(options) });
    });
  const scenarios = program.command("scenarios").summary("both methods in all four scenarios")
    .description("Runs both methods in all four scenarios, and one model per class beside them.")
    .argument(...overridesHelp);
  addKeyHelp(withOverwrite(withCommon(scenarios, usage)), everyKey)
    .action(async (words: string[], options: CommonOptions) => {
      const { scenariosCommand } = await loadCommand("lab/run");
      const given = readWords(words, "scenarios");
      await scenariosCommand({ ...given, ...choiceOf(options), output: open(options) });
    });
  const demo = program.command("demo").summary(
    "the same on the sample data, with the embedded backbone",
  )
    .description("Does the same on the sample data, which are drawn, with the embedded backbone.")
    .argument("[overrides...]", "KEY=value overrides a key of configs/sample.yaml");
  addKeyHelp(withOverwrite(withCommon(demo, "[options] [KEY=value…]")), everyKey)
    .action(async (words: string[], options: CommonOptions) => {
      const { configPath, overrides } = readWords(words, "demo");
      if (configPath !== null) {
        throw new RangeError(
          `Cannot run "demo": it has a configuration of its own, got "config=${configPath}"; ` +
            `use "scenarios"`,
        );
      }
      const { scenariosCommand } = await loadCommand("lab/run");
      const own = `${repositoryRoot}/configs/sample.yaml`;
      await scenariosCommand({
        configPath: own,
        overrides,
        ...choiceOf(options),
        output: open(options),
      });
    });
}

function addAudit(program: Command, open: OpenOutput): void {
  interface AuditOptions extends CommonOptions {
    readonly reference?: string;
    readonly format?: string;
    readonly classOf?: string;
    readonly folder?: string;
    readonly mapRoot?: string;
    readonly maskRoot?: string;
  }
  const audit = program.command("audit").summary("the four scenarios on anyone's scores")
    .description("Judges anyone's scores, one table or several, in the four scenarios.")
    .argument("[tables...]", "files of scores; KEY=value overrides a key of the configuration");
  withCommon(audit, "[options] FILE… [EVALUATION.KEY=value…]")
    .option("--reference <file>", "scores of one-class models, which Δ and R1 need")
    .option("--format <format>", "csv, jsonl, json or parquet; told by name and content otherwise")
    .option("--class-of <pattern>", "regular expression whose one group is the class in a path")
    .option("--folder <dir>", "folder that relative paths of maps and masks start from")
    .option("--map-root <dir>", "folder in which maps of another machine are looked for")
    .option("--mask-root <dir>", "folder in which masks of another machine are looked for");
  addKeyHelp(withOverwrite(audit), ({ path }) => isAuditKey(path))
    .action(async (words: string[], options: AuditOptions) => {
      const { auditCommand } = await loadCommand("lab/audit");
      const { json: _json, quiet: _quiet, ...given } = options;
      const sorted = sortAuditWords(words);
      await auditCommand({ ...sorted.options, ...given, ...sorted, output: open(options) });
    });
}

function isAuditKey(path: string): boolean {
  return path.startsWith("EVALUATION.") || path === "DEFAULT.savedir";
}

function addBackbone(program: Command, open: OpenOutput): void {
  const backbone = program.command("backbone").summary(
    "lists backbones, or downloads, verifies and converts one",
  )
    .description("Lists backbones, or downloads, verifies and converts one.")
    .argument("[name]", "a backbone of configs/backbones.yaml")
    .argument("[overrides...]", "KEY=value overrides a key of the configuration");
  withCommon(backbone, "[options] [NAME] [MODEL.KEY=value…]")
    .option("--from <file>", "a copy of its file that is here already");
  addKeyHelp(backbone, ({ path }) => path.startsWith("MODEL.") || path === "DATASET.imagesize")
    .action(async (
      name: string | undefined,
      words: string[],
      options: CommonOptions & { readonly from?: string },
    ) => {
      const all = [...name === undefined ? [] : [name], ...words];
      const names = all.filter((word) => !word.includes("="));
      if (names.length > 1) {
        const got = names.map((each) => `"${each}"`).join(", ");
        throw new RangeError(`Cannot run "backbone": one name must be given, got ${got}`);
      }
      const { backboneCommand } = await loadCommand("lab/backbone");
      await backboneCommand({
        name: names[0] ?? null,
        from: options.from ?? null,
        overrides: all.filter((word) => word.includes("=")),
        output: open(options),
      });
    });
}

function addData(program: Command, { open, end }: Wiring): void {
  interface DataOptions extends CommonOptions {
    readonly folder?: string;
    readonly run?: string;
    readonly from?: string;
    readonly address?: string[];
    readonly keepArchive?: true;
  }
  const data = program.command("data").summary(
    "lists datasets, or downloads, checks or describes one",
  ).usage("[ACTION] [NAME] [options] [KEY=value…]")
    .description("Lists datasets, or downloads, checks or describes one.")
    .helpOption("-h, --help", "shows this").helpCommand(false);
  const folder: [string, string] = ["--folder <dir>", "where it lies, or is to lie"];
  const actions = {
    list: data.command("list").description("Lists them: where they are, how many images, licence."),
    download: data.command("download")
      .description("Downloads, verifies and unpacks one; licence and citation come first.")
      .option(...folder)
      .option("--from <file>", "an archive that is here already")
      .option(
        "--address <url>",
        "where to download from instead of the published addresses; can be given several times",
        (value: string, former: string[] | undefined) => [...former ?? [], value],
      )
      .option("--keep-archive", "the downloaded archive stays"),
    check: data.command("check").description("Finds everything that is wrong with one, with paths.")
      .option(...folder)
      .option("--run <dir>", "a finished run on it, whose odd training images are listed, too"),
    describe: data.command("describe")
      .description("Tells what one consists of: classes, splits, defects, sizes.")
      .option(...folder),
  } as const;
  const keys: Partial<Record<string, string>> = {
    check: "DATASET.classname, DATASET.resize, DATASET.orientation: =value",
    describe: "DATASET.classname=value",
  };
  for (const [action, command] of Object.entries(actions)) {
    if (action !== "list") command.argument("[name]", "Sample, Folder, MVTec, VisA, BTAD or MPDD");
    if (keys[action] !== undefined) command.argument("[overrides...]", keys[action]);
    // What is too much is refused below, by name.
    command.allowExcessArguments();
    const named = keys[action] === undefined ? "NAME [options]" : "NAME [options] [KEY=value…]";
    withCommon(command, action === "list" ? "[options]" : named)
      .action(async () => {
        const options = command.opts<DataOptions>(), words = command.args;
        const names = words.filter((word) => !word.includes("="));
        if (names.length > 1 || (action === "list" && names.length > 0)) {
          const got = names.map((each) => `"${each}"`).join(" and ");
          const most = action === "list" ? "no dataset" : "one dataset";
          throw new RangeError(`Cannot run "data": ${most} must be named, got ${got}`);
        }
        const { dataCommand } = await loadCommand("lab/data");
        end(
          await dataCommand({
            action: action as keyof typeof actions,
            name: names[0] ?? null,
            folder: options.folder ?? null,
            run: options.run ?? null,
            from: options.from ?? null,
            addresses: options.address ?? [],
            keepArchive: options.keepArchive ?? false,
            overrides: words.filter((word) => word.includes("=")),
            output: open(options),
          }),
        );
      });
  }
}

function addConfig(program: Command, open: OpenOutput): void {
  const config = program.command("config").summary("shows a configuration, or explains keys of it")
    .description("Shows a configuration as it would be used, or explains keys of it.")
    .argument(...overridesHelp);
  withCommon(config, "[options] [config=FILE] [KEY=value…]")
    .option("--explain <key>", "a key, a section, or the last part of a key, such as sampler_ratio")
    .action(
      async (words: string[], options: CommonOptions & { readonly explain?: string }) => {
        const { configCommand } = await loadCommand("lab/config");
        await configCommand({
          ...readWords(words, "config"),
          explained: options.explain ?? null,
          output: open(options),
        });
      },
    );
}

function addFinished(program: Command, open: OpenOutput): void {
  withWords(program, resultsWords).action(async (folders: string[], options: CommonOptions) => {
    const { resultsCommand } = await loadCommand("lab/results");
    await resultsCommand({ ...options, folders, output: open(options) });
  });
  withWords(program, thresholdsWords).action(async (run: string | undefined, options) => {
    const { thresholdsCommand } = await loadCommand("lab/thresholds");
    await thresholdsCommand({ ...options, run: run ?? null, output: open(options) });
  });
}

function addDeployed(program: Command, { open, end, print, complain }: Wiring): void {
  withWords(program, predictWords)
    .action(async (run: string, photographs: string[], options: CommonOptions) => {
      const { predictCommand } = await loadCommand("deploy/predict");
      const { startProgress } = open(options);
      end(
        await predictCommand({ ...options, run, photographs, print, complain, startProgress }),
      );
    });
  withWords(program, extendWords)
    .action(async (run: string, photographs: string, options: CommonOptions) => {
      const { extendCommand } = await loadCommand("deploy/extend");
      const output = open(options);
      end(await extendCommand({ ...options, run, photographs, output, complain }));
    });
}

function withWords(program: Command, words: CommandWords): Command {
  const { name, summary, description, argument, others, usage, isLines, options, after } = words;
  const command = program.command(name).summary(summary).description(description)
    .argument(...argument);
  if (others !== undefined) command.argument(...others);
  if (after !== undefined) command.addHelpText("after", after);
  withCommon(command, usage, { hasDocument: !isLines });
  for (const [flags, text, isNumber] of options) {
    if (isNumber) command.option(flags, text, Number);
    else command.option(flags, text);
  }
  return command;
}

/** The one line that says what was wrong with the arguments. */
function refusalOf(
  { code, message }: CommanderError,
  { program, args }: { readonly program: Command; readonly args: readonly string[] },
): string {
  const named = message.match(/'([^']*)'/)?.[1] ?? "";
  const known = program.commands.find((each) => each.name() === args[0]);
  const task = `Cannot run "${args[0] ?? ""}"`;
  const quoteAll = (names: readonly string[]): string => names.join(", ");
  if (code === "commander.unknownCommand" || code === "commander.help") {
    const isAction = known !== undefined && known.commands.length > 0;
    const owner = isAction ? known : program;
    const names = owner.commands.map((each) => each.name());
    const unknown = named === "" ? args.at(-1) ?? "" : named;
    const meant = closestName(unknown, names);
    const hint = meant === null ? `known are ${quoteAll(names)}` : `did you mean "${meant}"?`;
    return `${isAction ? task : `Cannot run "${unknown}"`}: unknown ${
      isAction ? "action" : "command"
    } "${unknown}", ${hint}`;
  }
  const command = known?.commands.find((each) => each.name() === args[1]) ?? known ?? program;
  const options = command.options.map(({ long }) => long!);
  if (code === "commander.unknownOption") {
    const [name = ""] = named.split("=");
    const value = args[args.indexOf(name) + 1];
    if (name === "--config") {
      const file = named.split("=")[1] ?? value ?? "FILE";
      return `${task}: unknown option "--config", did you mean "config=${file}"?`;
    }
    const meant = closestName(name, options);
    const hint = meant === null ? `known are ${quoteAll(options)}` : `did you mean "${meant}"?`;
    return `${task}: unknown option "${name}", ${hint}`;
  }
  if (code === "commander.optionMissingArgument") {
    return `${task}: "${named.split(" ")[0]}" must have a value, got none`;
  }
  return `${task}: ${message.replace(/^error: /, "").replaceAll("'", '"').split("\n")[0]}`;
}

function printLine(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

/** Writes an error where a terminal may still show the progress of what failed. */
function printError(line: string): void {
  const clear = Deno.stderr.isTerminal() ? "\r\x1b[K" : "";
  Deno.stderr.writeSync(new TextEncoder().encode(`${clear}${line}\n`));
}

if (import.meta.main) Deno.exit(await runCommandLine({ args: Deno.args }));
