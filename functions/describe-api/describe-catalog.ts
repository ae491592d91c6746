import { catalog, catalogVersion, eventNames, isMetaEvent } from '../../shared/catalog.ts';

/** The catalog as the API answers it. */
export const describeCatalog = () => ({
  catalog_version: catalogVersion,
  events: eventNames.map((name) => {
    const { label, description, payload, sample } = catalog[name];
    return {
      name,
      label,
      description,
      payload_keys: Object.keys(payload),
      payload_types: payload,
      sample,
      publishable: !isMetaEvent(name),
    };
  }),
});
