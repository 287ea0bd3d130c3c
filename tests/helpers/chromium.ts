/** A headless Chromium, driven through its debugging protocol, for pages that must work in one. */
import { exists } from "../../tools/setup_system.ts";

/** A page that is open in Chromium. */
export interface OpenPage {
  /** Computes an expression in the page; what comes of it must be JSON. */
  evaluate<Value>(expression: string): Promise<Value>;
  /** Waits until an expression is true. */
  waitFor(expression: string): Promise<void>;
  /** Puts files into an input that a selector finds. */
  giveFiles(selector: string, paths: readonly string[]): Promise<void>;
  /** Takes a picture of the page as PNG. */
  picture(size: { width: number; height: number; dark?: boolean }): Promise<Uint8Array>;
  /** Ends Chromium. */
  close(): Promise<void>;
}

/** Where Chromium lies, if it does. */
export async function findChromium(): Promise<string | null> {
  for (const name of ["chromium", "chromium-browser", "google-chrome"]) {
    for (const folder of ["/usr/bin", "/usr/local/bin", "/opt/google/chrome"]) {
      if (await exists(`${folder}/${name}`)) return `${folder}/${name}`;
    }
  }
  return null;
}

/** Opens a page in a Chromium of its own. */
export async function openPage(chromium: string, address: string): Promise<OpenPage> {
  const profile = await Deno.makeTempDir({ prefix: "hiercore-chromium-" });
  const process = new Deno.Command(chromium, {
    args: [
      ...["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
      ...["--remote-debugging-port=0", "--no-first-run", `--user-data-dir=${profile}`, address],
    ],
    stdout: "null",
    stderr: "null",
  }).spawn();
  const port = await readPort(`${profile}/DevToolsActivePort`);
  const socket = await connect(port);
  const call = caller(socket);
  const evaluate = async <Value>(expression: string): Promise<Value> => {
    const { result, exceptionDetails } = await call("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
    }) as { result: { value: Value }; exceptionDetails?: { text: string } };
    if (exceptionDetails !== undefined) throw new Error(exceptionDetails.text);
    return result.value;
  };
  return {
    evaluate,
    waitFor: async (expression) => {
      for (let i = 0; i < 600; i++) {
        // While the page is being read, what is looked for may not be there.
        if (await evaluate<boolean>(`Boolean(${expression})`).catch(() => false)) return;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      throw new Error(`"${expression}" must become true within a minute`);
    },
    giveFiles: async (selector, paths) => {
      const { root } = await call("DOM.getDocument") as { root: { nodeId: number } };
      const { nodeId } = await call("DOM.querySelector", { nodeId: root.nodeId, selector }) as {
        nodeId: number;
      };
      await call("DOM.setFileInputFiles", { nodeId, files: paths });
    },
    picture: async ({ width, height, dark = false }) => {
      const value = dark ? "dark" : "light";
      await call("Emulation.setEmulatedMedia", {
        features: [{ name: "prefers-color-scheme", value }],
      });
      await call("Emulation.setDeviceMetricsOverride", {
        ...{ width, height, deviceScaleFactor: 1, mobile: width < 600 },
      });
      const { data } = await call("Page.captureScreenshot", { format: "png" }) as { data: string };
      return Uint8Array.fromBase64(data);
    },
    close: async () => {
      const closed = new Promise((resolve) => socket.addEventListener("close", resolve));
      await call("Browser.close").catch(() => undefined);
      await closed;
      await process.status;
      await Deno.remove(profile, { recursive: true }).catch(() => undefined);
    },
  };
}

async function readPort(path: string): Promise<number> {
  for (let i = 0; i < 300; i++) {
    const text = await Deno.readTextFile(path).catch(() => "");
    if (text.includes("\n")) return Number(text.split("\n")[0]);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("Chromium must open its debugging port within half a minute");
}

async function connect(port: number): Promise<WebSocket> {
  const targets = await (await fetch(`http://127.0.0.1:${port}/json`)).json() as {
    type: string;
    webSocketDebuggerUrl: string;
  }[];
  const page = targets.find(({ type }) => type === "page")!;
  const socket = new WebSocket(page.webSocketDebuggerUrl);
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve);
    socket.addEventListener("error", reject);
  });
  return socket;
}

type Call = (method: string, params?: object) => Promise<unknown>;

function caller(socket: WebSocket): Call {
  const waiting = new Map<
    number,
    { resolve: (value: unknown) => void; reject: (error: Error) => void }
  >();
  let last = 0;
  socket.addEventListener("message", ({ data }) => {
    const { id, result, error } = JSON.parse(data);
    const asked = waiting.get(id);
    if (asked === undefined) return;
    waiting.delete(id);
    if (error === undefined) asked.resolve(result);
    else asked.reject(new Error(error.message));
  });
  socket.addEventListener("close", () => {
    for (const { reject } of waiting.values()) reject(new Error("Chromium has ended"));
  });
  return (method, params = {}) =>
    new Promise((resolve, reject) => {
      waiting.set(++last, { resolve, reject });
      socket.send(JSON.stringify({ id: last, method, params }));
    });
}
