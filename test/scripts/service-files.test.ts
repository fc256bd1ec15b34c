/** What operators copy: service, container and compose files agree with the package and with each other. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { expect } from "chai";
import { parse } from "yaml";

import { waybill } from "../../offchain/app/main.ts";
import { announcedAddress } from "../../offchain/app/relay/addresses.ts";
import { settingsOf, SECRET_VARIABLES, variableOf } from "../../offchain/app/config/names.ts";
import { needs } from "../faults/support/means.ts";

const root = join(import.meta.dirname, "../..");
const read = (file: string): string => readFileSync(join(root, file), "utf8");
const yaml = (file: string): unknown => parse(read(file), { strict: true, uniqueKeys: true });
const json = (file: string): unknown => JSON.parse(read(file));

const run = waybill({}).commands.find((command) => command.name() === "run");
if (run === undefined) throw new Error("there is no waybill run");
const known = [
  ...settingsOf(run).flatMap(({ names }) => names.map(({ key }) => variableOf(key))),
  ...SECRET_VARIABLES,
];

/** `Name=value` lines by section; a name that comes again has all its values. */
function unit(text: string): ReadonlyMap<string, ReadonlyMap<string, readonly string[]>> {
  const sections = new Map<string, Map<string, string[]>>();
  let section = new Map<string, string[]>();
  for (const line of text.split("\n").filter((one) => !/^\s*(#|$)/.test(one))) {
    const title = /^\[(\w+)\]$/.exec(line)?.[1];
    const [, name, value = ""] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (title !== undefined) sections.set(title, (section = new Map<string, string[]>()));
    else if (name !== undefined) section.set(name, [...(section.get(name) ?? []), value]);
    else throw new Error(`neither a section nor a setting: ${line}`);
  }
  return sections;
}

const portOf = (multiaddr = ""): string | undefined => /\/tcp\/(\d+)$/.exec(multiaddr)?.[1];

const variables = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...text.matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name = "", value = ""]) => [name, value]),
  );

describe("service files", () => {
  const service = unit(read("deploy/systemd/waybill.service")).get("Service");
  const setting = (name: string): string | undefined => service?.get(name)?.at(-1);

  it("run the command that the package brings, as its own user, hardened", () => {
    const { bin } = json("package.json") as { readonly bin: object };
    expect(bin).to.have.property("waybill");
    expect(setting("ExecStart")).to.equal("/opt/waybill/bin/waybill run");
    expect(setting("User")).to.equal("waybill");
    const strict = {
      ...{ NoNewPrivileges: "true", ProtectSystem: "strict", ProtectHome: "true" },
      ...{ PrivateTmp: "true", PrivateDevices: "true", CapabilityBoundingSet: "" },
      ...{ UMask: "0077", LimitCORE: "0", StateDirectoryMode: "0700", RestrictNamespaces: "true" },
    };
    for (const [name, value] of Object.entries(strict)) expect(setting(name), name).to.equal(value);
    expect(service?.has("MemoryDenyWriteExecute")).to.equal(false);
    expect(setting("RestrictAddressFamilies")?.split(" ")).to.have.members([
      ...["AF_INET", "AF_INET6", "AF_UNIX", "AF_NETLINK"],
    ]);
  });

  it("use settings that there are, and keep the secret apart from them", () => {
    const environment = variables(read("deploy/systemd/waybill.env"));
    expect(known).to.include.members(Object.keys(environment));
    expect(environment.WAYBILL_DATA).to.equal(setting("WorkingDirectory"));
    expect(read("deploy/systemd/waybill.tmpfiles.conf")).to.include(
      `z ${environment.WAYBILL_PASSPHRASE_FILE ?? ""} 0400 waybill waybill`,
    );
    expect(environment).not.to.have.any.keys("WAYBILL_SECRET", "WAYBILL_PASSPHRASE");
  });

  it("show where others dial the relay, and leave it to the operator", () => {
    const text = read("deploy/systemd/waybill.env");
    expect(variables(text)).not.to.have.property("WAYBILL_ANNOUNCE");
    const { WAYBILL_ANNOUNCE: shown = "", WAYBILL_LISTEN: listen } = variables(
      text.replaceAll(/^#(?=[A-Z_]+=)/gm, ""),
    );
    expect(announcedAddress("WAYBILL_ANNOUNCE", shown, undefined)).to.contain(shown);
    expect(portOf(shown)).to.equal(portOf(listen));
  });

  it("are less exposed than most, by systemd's own count", function () {
    const file = join(root, "deploy/systemd/waybill.service");
    const args = ["security", "--offline=true", "--no-pager", "--threshold=20", file];
    const { status, error, stdout } = spawnSync("systemd-analyze", args, { encoding: "utf8" });
    needs(this, error === undefined ? undefined : "there is no systemd-analyze");
    expect(status, stdout).to.equal(0);
  });
});

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}
interface Service {
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly ports?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: readonly string[];
  readonly volumes: readonly (string | { readonly source: string; readonly target: string })[];
  readonly cap_drop?: readonly string[];
  readonly read_only?: boolean;
}

describe("the container", () => {
  const lines = read("deploy/container/Containerfile")
    .replaceAll("\\\n", " ")
    .split("\n")
    .filter((line) => !/^\s*(#|$)/.test(line))
    .map((line) => /^([A-Z]+)\s+(.*)$/.exec(line)?.slice(1) ?? []);
  const values = (name: string): readonly string[] =>
    lines.filter(([instruction]) => instruction === name).map(([, value = ""]) => value);
  const last = lines.slice(lines.findLastIndex(([instruction]) => instruction === "FROM"));

  it("consists of instructions that there are, on the Node that the lock names", () => {
    const instructions =
      "ARG FROM WORKDIR COPY RUN ENV USER VOLUME EXPOSE STOPSIGNAL HEALTHCHECK ENTRYPOINT CMD";
    expect(instructions.split(" ")).to.include.members(lines.map(([name]) => name));
    const { packages } = json("package-lock.json") as {
      readonly packages: Readonly<Record<string, { readonly version: string }>>;
    };
    const { version } = packages["node_modules/node"] ?? { version: "" };
    expect(values("ARG")[0]).to.match(new RegExp(`^NODE=docker\\.io/library/node:${version}-`));
    expect(values("FROM").every((from) => from.startsWith("${NODE}"))).to.equal(true);
  });

  it("runs the package's command, as nobody special, and asks whether it is healthy", () => {
    const { bin, files } = json("package.json") as {
      readonly bin: { readonly waybill: string };
      readonly files: readonly string[];
    };
    const of = (name: string) => last.find(([instruction]) => instruction === name)?.[1];
    expect(JSON.parse(of("ENTRYPOINT") ?? "")).to.deep.equal([`/opt/waybill/${bin.waybill}`]);
    expect(of("USER")).to.equal("1000:1000");
    expect(of("HEALTHCHECK")).to.include("http://127.0.0.1:4021/healthyz");
    const copied = last.filter(([name]) => name === "COPY").map(([, value = ""]) => value);
    for (const file of files.filter((name) => !name.endsWith(".md")))
      expect(copied).to.include(`--from=build /src/${file} /opt/waybill/${file}`);
  });

  it("is built from files that are there", () => {
    const taken = values("COPY").filter((value) => !value.startsWith("--from"));
    const sources = taken.flatMap((value) => value.split(" ").slice(0, -1));
    expect(sources).to.include("package-lock.json");
    for (const source of sources) expect(existsSync(join(root, source)), source).to.equal(true);
  });
});

describe("the compose file", () => {
  const folder = join(root, "deploy/compose");
  const { services, volumes, secrets } = yaml("deploy/compose/compose.yaml") as Compose;
  const { relay } = services;

  it("has a relay, Prometheus and Grafana, of versions that are named", () => {
    expect(services).to.have.all.keys("relay", "prometheus", "grafana");
    for (const { image } of Object.values(services)) expect(image).to.match(/:v?\d+\.\d+\.\d+$/);
    const { version } = json("package.json") as { readonly version: string };
    expect(relay?.image).to.equal(`waybill:${version}`);
    expect(resolve(folder, relay?.build?.context ?? "")).to.equal(resolve(root));
    expect(existsSync(join(root, relay?.build?.dockerfile ?? "nowhere"))).to.equal(true);
  });

  it("gives no container a right that it does not need", () => {
    for (const [name, { cap_drop }] of Object.entries(services))
      expect(cap_drop, name).to.deep.equal(["ALL"]);
    expect(relay?.read_only).to.equal(true);
    // The API is not published, Grafana to this machine only.
    expect(relay?.ports).to.deep.equal(["4020:4020"]);
    expect(services.grafana?.ports).to.deep.equal(["127.0.0.1:3000:3000"]);
  });

  it("mounts what is there, uses the volumes and secrets that it declares, and settings that there are", () => {
    const madeByTheOperator = ["./deployment.json"];
    for (const { volumes: mounts, secrets: used = [] } of Object.values(services)) {
      const sources = mounts.map((one) =>
        typeof one === "string" ? one.split(":")[0] : one.source,
      );
      for (const source of sources.filter((one) => one !== undefined))
        if (!source.startsWith(".")) expect(volumes).to.have.property(source);
        else if (!madeByTheOperator.includes(source))
          expect(existsSync(join(folder, source)), source).to.equal(true);
      expect(Object.keys(secrets)).to.include.members([...used]);
    }
    expect(known).to.include.members(Object.keys(relay?.environment ?? {}));
  });

  it("does not start before the operator has said where others dial the relay", () => {
    const { WAYBILL_ANNOUNCE: announce, WAYBILL_LISTEN: listen } = relay?.environment ?? {};
    // The container's own address is no other's to dial, so there is no default.
    expect(announce).to.match(/^\$\{WAYBILL_ANNOUNCE:\?.+\}$/);
    const [, shown = ""] =
      /^# +echo WAYBILL_ANNOUNCE=(\S+) > \.env/m.exec(read("deploy/compose/compose.yaml")) ?? [];
    expect(announcedAddress("WAYBILL_ANNOUNCE", shown, undefined)).to.contain(shown);
    const port = portOf(shown) ?? "none";
    expect(relay?.ports).to.deep.equal([`${port}:${portOf(listen) ?? "none"}`]);
  });

  it("has what the operator puts beside it in neither the repository nor the image", () => {
    const secretFiles = Object.values(secrets).map(({ file }) => file);
    const files = [...secretFiles, "./deployment.json", "./.env"];
    const linesOf = (file: string): readonly string[] => read(file).split("\n");
    for (const file of files) {
      const path = `deploy/compose/${file.replace(/^\.\//, "")}`;
      expect(linesOf(".gitignore")).to.include(`/${path}`);
      expect(linesOf("deploy/container/Containerfile.dockerignore")).to.include(path);
    }
    expect(linesOf("deploy/container/Containerfile.dockerignore")).to.include("**/api-token");
  });

  it("has Prometheus ask the relay under the name that it answers to, with its token", () => {
    const { scrape_configs: jobs } = yaml("deploy/compose/prometheus.yaml") as {
      readonly scrape_configs: readonly {
        readonly authorization: { readonly credentials_file: string };
        readonly static_configs: readonly { readonly targets: readonly string[] }[];
      }[];
    };
    const [job] = jobs;
    expect(job?.static_configs[0]?.targets).to.deep.equal([relay?.environment?.WAYBILL_API_HOST]);
    const targets = services.prometheus?.volumes.map((one) =>
      typeof one === "string" ? one.split(":")[1] : one.target,
    );
    expect(targets).to.include(job?.authorization.credentials_file);
  });
});
