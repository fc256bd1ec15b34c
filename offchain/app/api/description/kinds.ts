/** The few kinds of values that answers are made of, as JSON Schema. */

export type Schema = Readonly<Record<string, unknown>>;

export const text = (description: string): Schema => ({ type: "string", description });
export const flag = (description: string): Schema => ({ type: "boolean", description });
/** Any whole number from 0 on. */
export const whole = (description: string): Schema => ({
  type: "integer",
  minimum: 0,
  description,
});
export const real = (description: string): Schema => ({ type: "number", description });

/** An amount: exact, in the smallest unit. */
export const units = (description: string): Schema => ({
  type: "string",
  pattern: "^[0-9]+$",
  description: `${description}; decimal digits, in the smallest unit`,
});

/** One of a closed list. */
export const choice = (values: readonly string[], description: string): Schema => ({
  type: "string",
  enum: values,
  description,
});

/** Hex of so many bytes. */
export const hex = (bytes: number, description: string): Schema => ({
  type: "string",
  pattern: `^0x[0-9a-f]{${2 * bytes}}$`,
  description,
});

export const list = (items: Schema, description: string): Schema => ({
  type: "array",
  items,
  description,
});

/** Every property is always there, and nothing else is. */
export const object = (
  description: string,
  properties: Readonly<Record<string, Schema>>,
): Schema => ({
  type: "object",
  description,
  additionalProperties: false,
  required: Object.keys(properties),
  properties,
});

/** The same value, or null. */
export function orNull(schema: Schema): Schema {
  if ("$ref" in schema) return { anyOf: [schema, { type: "null" }] };
  const values = schema.enum as readonly unknown[] | undefined;
  return {
    ...schema,
    type: [schema.type, "null"],
    ...(values === undefined ? {} : { enum: [...values, null] }),
  };
}

export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
