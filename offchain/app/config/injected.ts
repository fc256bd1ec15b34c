/**
 * Variables that an orchestrator sets in every container for each service there is, whatever that is called: a service
 * "waybill" or "waybill-api" has names that begin like our settings. Kubernetes: "Discovering services"; Docker: links.
 * Both the name and the value must have their form, so that `WAYBILL_PORT=4020`, which somebody typed, stays an error.
 */
const PORT = /^\d{1,5}$/;
const ADDRESS = /^[0-9a-fA-F.:]+$/;
const LINK = /^(?:tcp|udp|sctp):\/\/\[?[0-9a-fA-F.:]+\]?:\d{1,5}$/;

const FORMS: readonly (readonly [name: RegExp, value: RegExp])[] = [
  [/_SERVICE_HOST$/, ADDRESS],
  [/_SERVICE_PORT(?:_[A-Z0-9_]+)?$/, PORT],
  [/_PORT(?:_\d+_(?:TCP|UDP|SCTP))?$/, LINK],
  [/_PORT_\d+_(?:TCP|UDP|SCTP)_PROTO$/, /^(?:tcp|udp|sctp)$/],
  [/_PORT_\d+_(?:TCP|UDP|SCTP)_PORT$/, PORT],
  [/_PORT_\d+_(?:TCP|UDP|SCTP)_ADDR$/, ADDRESS],
  // What a linked container has in its own environment.
  [/^WAYBILL_ENV_/, /^/],
  // Of a link: "/this-container/alias".
  [/^WAYBILL(?:_[A-Z0-9]+)*_NAME$/, /^\/[^/]+\/[^/]+$/],
];

/** Whether nobody wrote this variable for us. */
export const isInjected = (name: string, value: string): boolean =>
  FORMS.some(([form, allowed]) => form.test(name) && allowed.test(value));
