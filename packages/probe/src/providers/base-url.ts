/** Where a provider's calls go. */
import { ProviderAddressInvalid, ProviderAddressMissing } from '../model/errors.ts';
import type { Provider } from './provider-table.ts';

/**
 * The provider's own address, or the configured one: taken as it is, and completed by the version path that the provider's own
 * address has (`/v1`) when it is a bare origin.
 *
 * @returns without a slash at its end
 * @throws ProviderAddressInvalid, ProviderAddressMissing
 */
export function baseUrlOf(provider: Provider, configured: string | undefined): string {
  if (configured === undefined || configured === '') {
    if (provider.baseUrl === null) throw new ProviderAddressMissing(provider.title, provider.baseUrlVariable);
    return provider.baseUrl;
  }
  const url = URL.parse(configured);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.search !== '' || url.hash !== '') {
    throw new ProviderAddressInvalid(provider.baseUrlVariable);
  }
  const path = url.pathname.replace(/\/+$/, '');
  if (path !== '') return `${url.origin}${path}`;
  const own = provider.baseUrl === null ? '/v1' : new URL(provider.baseUrl).pathname.replace(/\/+$/, '');
  return `${url.origin}${own}`;
}
