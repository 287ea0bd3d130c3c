/**
 * Exact search in Python: one process that answers one request after the other, so that it can take
 * turns with other ways.
 *
 * @module
 */
import { join } from "node:path";
import type { Matrix } from "@/math/mod.ts";
import { referencePath } from "./python.ts";

/** One way to search there. */
export interface PythonWay {
  /** Library and threads. */
  readonly name: string;
  /** Finds the nearest row of every query, which must be a part of `images`. */
  search(queries: Matrix): Promise<number[]>;
  /** Milliseconds that the last search took there. */
  elsewhere(): number;
}

/** An open process. */
export interface PythonSearch {
  readonly ways: readonly PythonWay[];
  /** Ends the process. */
  close(): Promise<void>;
}

/**
 * Starts the process.
 *
 * @param program The interpreter.
 * @param options The rows and everything that may be a query, side by side in memory.
 * @returns Its ways; close it when done.
 * @throws {Error} If it ends before it has answered.
 */
export async function openPythonSearch(
  program: string,
  { bank, images }: { bank: Matrix; images: Matrix },
): Promise<PythonSearch> {
  const folder = await Deno.makeTempDir();
  const write = async (name: string, { data }: Matrix): Promise<string> => {
    const path = join(folder, name);
    await Deno.writeFile(path, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    return path;
  };
  const files = [await write("bank.f32", bank), await write("images.f32", images)];
  const child = new Deno.Command(program, {
    args: [referencePath("search.py"), ...files, String(bank.columns)],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const requests = child.stdin.getWriter();
  const answers = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  const answer = async <Answer>(): Promise<Answer> => {
    while (!rest.includes("\n")) {
      const { done, value } = await answers.read();
      if (done) throw new Error(`Cannot run the bench: "search.py" ended before it had answered`);
      rest += value;
    }
    const end = rest.indexOf("\n"), line = rest.slice(0, end);
    rest = rest.slice(end + 1);
    return JSON.parse(line) as Answer;
  };
  const names = await answer<string[]>();
  return {
    ways: names.map((name, number) => {
      let time = 0;
      return {
        name,
        search: async ({ rows, data }) => {
          const first = (data.byteOffset - images.data.byteOffset) / 4 / bank.columns;
          const request = `${JSON.stringify([number, first, rows])}\n`;
          await requests.write(new TextEncoder().encode(request));
          const { milliseconds, nearest } = await answer<
            { milliseconds: number; nearest: number[] }
          >();
          time = milliseconds;
          return nearest;
        },
        elsewhere: () => time,
      };
    }),
    close: async () => {
      await requests.close();
      await answers.cancel();
      await child.status;
      await Deno.remove(folder, { recursive: true });
    },
  };
}
