/** The page's views, in the order in which an operator asks. */
export const VIEWS = [
  { name: "now", title: "Now" },
  { name: "traffic", title: "Traffic" },
  { name: "channels", title: "Channels" },
  { name: "tickets", title: "Tickets" },
  { name: "epochs", title: "Epochs" },
  { name: "peers", title: "Peers" },
  { name: "earnings", title: "Earnings" },
  { name: "journal", title: "Journal" },
  { name: "agent", title: "Agent" },
  { name: "settings", title: "Settings" },
] as const;

export type ViewName = (typeof VIEWS)[number]["name"];

/** Of an address's fragment, "#/traffic". */
export const viewOf = (fragment: string): ViewName =>
  VIEWS.find(({ name }) => fragment === `#/${name}`)?.name ?? "now";
