import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

interface ScrollProps {
  readonly name: { readonly "aria-label": string } | { readonly "aria-labelledby": string };
  /** What is at the right end is what one sees first. */
  readonly fromEnd?: boolean;
  readonly children: ComponentChildren;
}

/** What is wider than its place scrolls by itself, by keyboard too; what fits is no stop of the Tab key. */
export function Scroll({ name, fromEnd, children }: ScrollProps): JSX.Element {
  const frame = useRef<HTMLDivElement>(null);
  const [isWider, setIsWider] = useState(false);
  useEffect(() => {
    const element = frame.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => {
      setIsWider(element.scrollWidth > element.clientWidth);
      if (fromEnd === true) element.scrollTo({ left: element.scrollWidth });
    });
    for (const watched of [element, ...element.children]) observer.observe(watched);
    return () => {
      observer.disconnect();
    };
  }, [fromEnd]);
  const region = isWider ? { tabIndex: 0, role: "region" as const, ...name } : {};
  return (
    <div class="scroll" ref={frame} {...region}>
      {children}
    </div>
  );
}
