/** Light or dark: the system's choice until a person chooses here. */
import { Observable } from "./observable.ts";

export type Theme = "system" | "light" | "dark";

const KEY = "waybill-theme";
const THEMES: readonly Theme[] = ["system", "light", "dark"];

export const theme = new Observable<Theme>(stored());
/** Changes whenever the page's colours have changed. */
export const palette = new Observable(0);

export function choose(next: Theme): void {
  localStorage.setItem(KEY, next);
  theme.set(next);
}

export const following = (current: Theme): Theme =>
  THEMES[(THEMES.indexOf(current) + 1) % THEMES.length] ?? "system";

export function applyTheme(): void {
  const apply = (): void => {
    document.documentElement.dataset.theme = theme.value;
    palette.set(palette.value + 1);
  };
  theme.listen(apply);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", apply);
  apply();
}

function stored(): Theme {
  const known = localStorage.getItem(KEY);
  return THEMES.find((name) => name === known) ?? "system";
}
