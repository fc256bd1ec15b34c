import type { JSX } from "preact";
import { useId } from "preact/hooks";

interface SumChoiceProps {
  readonly isSum: boolean;
  readonly choose: (isSum: boolean) => void;
}

const CHOICES = [
  { is: true, says: "sum up to each epoch" },
  { is: false, says: "each epoch" },
];

/** Whether a plot over epochs shows what each brought, or the sums up to it. */
export function SumChoice({ isSum, choose }: SumChoiceProps): JSX.Element {
  const name = useId();
  return (
    <fieldset class="choice">
      <legend>Show</legend>
      {CHOICES.map(({ is, says }) => (
        <label key={says}>
          <input
            type="radio"
            name={name}
            checked={isSum === is}
            onChange={() => {
              choose(is);
            }}
          />{" "}
          {says}
        </label>
      ))}
    </fieldset>
  );
}
