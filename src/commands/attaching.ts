export type FoundTicket = { x: 1 }
// biome-ignore lint: stub
export const prepareAttaching = async (..._: any[]): Promise<FoundTicket> => ({ x: 1 })
// biome-ignore lint: stub
export const attachFile = async (..._: any[]): Promise<void> => {}
