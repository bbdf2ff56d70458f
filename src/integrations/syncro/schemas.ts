import { z } from 'zod'

// The same id comes as a number here and as text there. Ids go into paths, so they are digits.
const id = z.union([z.int().nonnegative(), z.string().regex(/^\d+$/)]).transform(String)
const number = z.union([z.int(), z.string().min(1)]).transform(String)
const count = z.union([z.int(), z.string().regex(/^\d+$/)]).transform(Number)
const text = z
  .string()
  .nullish()
  .transform((given) => given ?? '')
// Several shapes were met; one without an offset is refused, nobody knows its zone.
const time = z
  .string()
  .regex(/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)? ?(Z|UTC|[+-]\d\d:?\d\d)$/)
  .transform((given) => new Date(given.replace(' UTC', 'Z')))
  .refine((date) => !Number.isNaN(date.getTime()))

const person = z.object({ name: text, business_then_name: text, business_name: text, fullname: text, email: text })

export const ticketSchema = z.object({
  id,
  number,
  subject: text,
  status: text,
  priority: text,
  customer_id: id,
  customer_business_then_name: text,
  created_at: time,
  updated_at: time,
  customer: person.nullish(),
})

/** A row of the list: it carries the first comment only. */
export const listedSchema = ticketSchema.extend({ user_id: id.nullish(), comments: z.array(z.object({ body: text })).nullish() })

export const commentSchema = z.object({
  id,
  created_at: time,
  subject: text,
  body: text,
  tech: text,
  // null counts as not hidden: then the client sees it
  hidden: z
    .boolean()
    .nullable()
    .transform((given) => given === true),
})

export const timerSchema = z.object({
  id,
  ticket_id: id,
  user_id: id.nullish(),
  start_time: time,
  end_time: time.nullish(),
  created_at: time,
  notes: text,
  billable: z.boolean(),
})

// 15, or "15.0"
const amount = z.union([z.number(), z.string().regex(/^-?\d+(\.\d+)?$/)]).transform(Number)
const charged = { recorded: z.boolean().nullish(), ticket_line_item_id: id.nullish() }
export const chargedTimerSchema = z.object({ id, notes: text, product_id: id.nullish(), ...charged })
export const lineItemSchema = z.object({
  id,
  name: text,
  description: text,
  product_id: id.nullish(),
  quantity: amount,
  price_retail: amount,
  created_at: time,
})
export const chargesSchema = z.object({
  ticket_timers: z.array(chargedTimerSchema),
  line_items: z.array(lineItemSchema),
})

// No document says what an attachment looks like, so each of these may be missing.
const loose = z.union([z.number(), z.string()]).nullish().catch(null)
export const attachmentSchema = z.object({ id: loose, file_name: loose, filename: loose, name: loose, url: loose, file_url: loose })
export const attachmentsSchema = z.object({ attachments: z.array(attachmentSchema).nullish() })
export const messageSchema = z.object({ message: text })

export const customerSchema = z.object({ id, ...person.shape })
export const productSchema = z.object({ id, name: text, disabled: z.boolean().nullish() })
export const pricedSchema = z.object({ id, name: text, price_retail: amount })
export const laborSettingsSchema = z.object({ default_labor_product_id: id.nullish() })
export const identitySchema = z.object({ user_id: id, user_name: text, user_email: text, subdomain: text })
export const detailSchema = ticketSchema.extend({ comments: z.array(commentSchema), contact: person.nullish() })
export const timersSchema = z.object({ ticket_timers: z.array(timerSchema) })
export const statusesSchema = z.object({ ticket_status_list: z.array(z.string()) })
export const writtenSchema = z.object({ id })
export const recordSchema = z.object({ id, created_at: z.string().optional() })
export const metaSchema = z.object({ meta: z.object({ page: count.nullish(), total_pages: count.nullish() }).nullish() })
