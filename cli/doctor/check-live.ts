import * as z from 'zod';
import { SublarrEventsError } from '../../client/client-error.ts';
import { findLiveUrl } from '../../client/live-url.ts';
import type { OpenSocket } from '../../client/open-socket.ts';
import { liveSubprotocol } from '../../shared/live-viewer.ts';
import type { Settings } from '../read-settings.ts';
import type { Check } from './check.ts';

const ticketSchema = z.object({ ticket: z.string() });

/** Opens the live stream with a ticket, and closes it. */
export async function checkLive(
  { url, liveUrl }: Settings,
  ticketBody: unknown,
  { openSocket, signal }: { readonly openSocket: OpenSocket; readonly signal: AbortSignal },
): Promise<Check> {
  const name = 'live';
  const mend =
    'Give the live URL with --live-url or SUBLARR_EVENTS_LIVE_URL: on AWS it is the output LiveUrl, on one box /live of the API. A proxy in between must let WebSockets through.';
  const ticket = ticketSchema.safeParse(ticketBody).data?.ticket ?? '';
  try {
    const address = findLiveUrl(new URL(url.value), liveUrl?.value);
    const where = `${address.origin}${address.pathname}`;
    address.searchParams.set('ticket', ticket);
    for await (const { kind } of openSocket(address, [liveSubprotocol], signal)) {
      if (kind === 'open') return { name, state: 'ok', text: `${where} opens` };
    }
    return { name, state: 'fail', text: `${where} does not open in time.`, mend };
  } catch (error) {
    if (error instanceof SublarrEventsError || error instanceof TypeError) {
      return { name, state: 'fail', text: error.message, mend };
    }
    throw error;
  }
}
