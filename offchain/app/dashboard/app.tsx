import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import type { Told } from "./data/live.ts";
import { useObservable } from "./data/observable.ts";
import { live, type Schemas } from "./data/relay.ts";
import { session } from "./data/session.ts";
import { count, shortId } from "./format.ts";
import { ConnectionBanner, Freshness, TopBar } from "./shell.tsx";
import { SignIn } from "./sign-in.tsx";
import { Agent } from "./views/agent.tsx";
import { Channels } from "./views/channels.tsx";
import { Earnings } from "./views/earnings.tsx";
import { Epochs } from "./views/epochs.tsx";
import { Journal } from "./views/journal.tsx";
import { Now } from "./views/now.tsx";
import { Peers } from "./views/peers.tsx";
import { Settings } from "./views/settings.tsx";
import { Tickets } from "./views/tickets.tsx";
import { Traffic } from "./views/traffic.tsx";
import { VIEWS, viewOf, type ViewName } from "./views/views.ts";

type Status = Schemas["Status"];

export function App(): JSX.Element {
  const { token } = useObservable(session);
  const told = useObservable(live.told);
  const view = useView();
  const main = useRef<HTMLElement>(null);
  const title = VIEWS.find(({ name }) => name === view)?.title ?? "";
  useEffect(() => {
    document.title = `${title} – Waybill relay`;
  }, [title]);
  return (
    <>
      <a
        class="skip"
        href="#/"
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
      >
        Skip to the figures
      </a>
      <TopBar title="Waybill" signedIn={token !== undefined}>
        {told !== undefined && token !== undefined && <Who status={told.value} />}
        {told !== undefined && token !== undefined && <Freshness at={told.at} />}
      </TopBar>
      {token !== undefined && <Navigation view={view} />}
      <main ref={main} tabIndex={-1}>
        {token === undefined ? <RelayToken /> : <Inside view={view} title={title} told={told} />}
      </main>
      <Announcements status={token === undefined ? undefined : told?.value} />
    </>
  );
}

interface InsideProps {
  readonly view: ViewName;
  readonly title: string;
  readonly told: Told<Status> | undefined;
}

function Inside({ view, title, told }: InsideProps): JSX.Element {
  return (
    <>
      <ConnectionBanner
        at={told?.at}
        retry={() => {
          live.retry();
        }}
      />
      <h1>{title}</h1>
      {told === undefined ? (
        <p class="empty loading">Asking the relay…</p>
      ) : (
        <>
          {view !== "now" && <AlarmLine status={told.value} />}
          <div class="panels">
            <View view={view} told={told} />
          </div>
        </>
      )}
    </>
  );
}

function View({
  view,
  told,
}: {
  readonly view: ViewName;
  readonly told: Told<Status>;
}): JSX.Element {
  switch (view) {
    case "now":
      return <Now told={told} />;
    case "traffic":
      return <Traffic />;
    case "channels":
      return <Channels />;
    case "tickets":
      return <Tickets />;
    case "epochs":
      return <Epochs />;
    case "peers":
      return <Peers self={told.value.relay} />;
    case "earnings":
      return <Earnings />;
    case "journal":
      return <Journal />;
    case "agent":
      return <Agent told={told} />;
    case "settings":
      return <Settings />;
  }
}

function RelayToken(): JSX.Element {
  return (
    <SignIn title="This relay's token, please">
      <p>
        It is in the file <code>api-token</code> of the relay's data folder:{" "}
        <code>waybill-data/api-token</code> unless <code>--data</code> says otherwise. On the
        relay's machine:
      </p>
      <pre>cat waybill-data/api-token</pre>
    </SignIn>
  );
}

function Navigation({ view }: { readonly view: ViewName }): JSX.Element {
  return (
    <nav aria-label="Views">
      <ul>
        {VIEWS.map(({ name, title }) => (
          <li key={name}>
            <a href={`#/${name}`} aria-current={name === view ? "page" : undefined}>
              {title}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Who({ status }: { readonly status: Status }): JSX.Element {
  return (
    <span class="who">
      {status.relay === null ? (
        "relay not known yet"
      ) : (
        <abbr title={status.relay}>{shortId(status.relay)}</abbr>
      )}
      <span class={status.ready ? "badge good" : "badge warn"}>
        {status.ready ? "takes packets" : "takes no packets"}
      </span>
    </span>
  );
}

/** On every view but the first, which tells them in full. */
function AlarmLine({
  status: { alarms, notReady },
}: {
  readonly status: Status;
}): JSX.Element | null {
  const matters = [...alarms, ...notReady];
  if (matters.length === 0) return null;
  return (
    <p class="alarm-line">
      <a href="#/now">
        {matters.length === 1 ? matters[0]?.says : `${count(matters.length)} things need a look`}
      </a>
    </p>
  );
}

/** Says alarms aloud when they begin, and nothing else. */
function Announcements({ status }: { readonly status: Status | undefined }): JSX.Element {
  return (
    <div class="unseen" aria-live="assertive">
      {status?.alarms.map(({ name, says }) => (
        <p key={name}>Alarm: {says}</p>
      ))}
    </div>
  );
}

function useView(): ViewName {
  const [view, setView] = useState(viewOf(location.hash));
  useEffect(() => {
    const follow = (): void => {
      setView(viewOf(location.hash));
      window.scrollTo(0, 0);
    };
    window.addEventListener("hashchange", follow);
    return () => {
      window.removeEventListener("hashchange", follow);
    };
  }, []);
  return view;
}
