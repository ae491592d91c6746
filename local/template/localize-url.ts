import { apiAddress, identifyResource, type StackPlace } from './name-resource.ts';
import type { Template } from './template.ts';

const publicAddress = /^(https|wss):\/\/([^./]+)\.execute-api\.[^./]+\.amazonaws\.com(?=\/|$)/;

/**
 * Puts this box's address in place of an API's public one, which templates write in parts:
 * `https://<id>.execute-api.<region>.amazonaws.com`. Over https a WebSocket API is managed, which AWS clients do.
 */
export function createLocalizeUrl(template: Template, place: StackPlace): (text: string) => string {
  const find = (apiId: string | undefined) =>
    Object.entries(template.Resources).find(
      ([logicalId, resource]) =>
        resource.Type === 'AWS::ApiGatewayV2::Api' &&
        identifyResource(logicalId, resource, place).ref === apiId,
    );
  return (text) => {
    const [address, scheme, apiId] = publicAddress.exec(text) ?? [];
    const [, api] = find(apiId) ?? [];
    if (address === undefined || api === undefined) return text;
    const isManagement = scheme === 'https' && api.Properties['ProtocolType'] === 'WEBSOCKET';
    return (isManagement ? place.awsEndpoint : apiAddress(api, place)) + text.slice(address.length);
  };
}
