// Drives a headless browser by lines of JSON: one command a line in, one answer a line out.
// Arguments: the folder whose node_modules has the packages, and the browser to start, if not theirs.
"use strict";
const { mkdirSync, readFileSync } = require("node:fs");
const { createRequire } = require("node:module");
const path = require("node:path");
const readline = require("node:readline");
const { pathToFileURL } = require("node:url");

const [folder, installed] = process.argv.slice(2);
// The browser is unpacked there once, and found there afterwards.
process.env.TMPDIR = path.join(path.resolve(folder), "unpacked");
mkdirSync(process.env.TMPDIR, { recursive: true });
const packages = createRequire(path.join(path.resolve(folder), "package.json"));
const load = (name) => import(pathToFileURL(packages.resolve(name)));
const axe = packages.resolve("axe-core/axe.min.js");

// Kept for the tests: what is offered for download.
const KEEP_DOWNLOADS = () => {
  self.downloads = [];
  const make = URL.createObjectURL;
  URL.createObjectURL = (blob) => {
    if (blob.type.startsWith("text/csv")) self.downloads.push(blob);
    return make.call(URL, blob);
  };
};

let browser;
let page;
let faults = [];

async function launch() {
  const puppeteer = (await load("puppeteer-core")).default;
  if (installed) return puppeteer.launch({ executablePath: installed, headless: true });
  const chromium = (await load("@sparticuz/chromium")).default;
  return puppeteer.launch({
    args: chromium.args,
    executablePath: await chromium.executablePath(),
    headless: "shell",
  });
}

// Opens a file in a fresh page; requests for anything but the file and its own data are refused.
// Pictures begin when the page is idle; a page that only has to be usable never is, which saves seconds.
// `prepare` is a script that runs before those of the page.
async function open({ file, scheme = "light", width = 1280, height = 900, wait = "drawn", prepare }) {
  if (page) await page.close();
  page = await browser.newPage();
  faults = [];
  const address = pathToFileURL(file).href;
  page.on(
    "console",
    (message) => message.type() === "error" && faults.push(`console: ${message.text()}`),
  );
  page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => faults.push(`dialog: ${dialog.message()}`) && dialog.dismiss());
  await page.setRequestInterception(true);
  page.on("request", (request) => {
    const own = request.url().split("#")[0] === address || /^(data|blob):/.test(request.url());
    if (!own) faults.push(`request: ${request.url()}`);
    return own ? request.continue() : request.abort();
  });
  await page.setViewport({ width, height });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  await page.evaluateOnNewDocument(KEEP_DOWNLOADS);
  if (wait === "usable") await page.evaluateOnNewDocument("self.requestIdleCallback = () => 0");
  if (prepare) await page.evaluateOnNewDocument(prepare);
  await page.goto(address, { timeout: 120000 });
  const states = [wait, "drawn", "failed"].map((state) => `html[data-state="${state}"]`);
  await page.waitForSelector(states.join(), { timeout: 120000 });
}

// The rules of accessibility run in a world of their own, which the policy of the page allows. What is
// inside a picture is one image to a screen reader.
async function check() {
  const session = await page.createCDPSession();
  const { frameTree } = await session.send("Page.getFrameTree");
  const { executionContextId } = await session.send("Page.createIsolatedWorld", {
    frameId: frameTree.frame.id,
  });
  const run = async (expression) => {
    const { result, exceptionDetails } = await session.send("Runtime.evaluate", {
      expression,
      contextId: executionContextId,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails)
      throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  };
  await run(readFileSync(axe, "utf8"));
  return run(`axe.run({ exclude: [".plot svg"] }, { resultTypes: ["violations"] }).then(({ violations }) => violations.map(
    ({ id, impact, nodes }) => ({ id, impact, nodes: nodes.map((node) => node.html.slice(0, 200) + " " + node.failureSummary) })))`);
}

const commands = {
  open,
  check,
  evaluate: ({ script }) => page.evaluate(script),
  wait: ({ script }) =>
    page.waitForFunction(script, { timeout: 20000, polling: 25 }).then(() => true),
  press: async ({ keys }) => {
    for (const key of keys) await page.keyboard.press(key);
  },
  type: ({ text }) => page.keyboard.type(text),
  click: ({ selector }) => page.click(selector),
  view: ({ width, height = 900 }) => page.setViewport({ width, height }),
  media: ({ type }) => page.emulateMediaType(type),
  picture: ({ file, selector, whole = false }) =>
    (selector
      ? page.$(selector).then((found) => found.screenshot({ path: file }))
      : page.screenshot({ path: file, fullPage: whole })
    ).then(() => true),
  paper: ({ file }) =>
    page
      .pdf({
        path: file,
        format: "A4",
        margin: { top: "12mm", bottom: "12mm", left: "12mm", right: "12mm" },
      })
      .then(() => true),
  faults: () => faults,
};

async function main() {
  browser = await launch();
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const { command, ...options } = JSON.parse(line);
    let answer;
    try {
      answer = { value: (await commands[command](options)) ?? null };
    } catch (error) {
      answer = { error: String(error.stack ?? error) };
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
  await browser.close();
}

main().catch((error) => {
  process.stderr.write(`${error.stack ?? error}\n`);
  process.exit(1);
});
