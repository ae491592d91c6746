import { createLocalizeUrl } from './localize-url.ts';
import { identifyResource, type StackPlace } from './name-resource.ts';
import { type Template, TemplateError } from './template.ts';

/** Replaces every intrinsic function inside a value of the named resource. Throws TemplateError when it cannot. */
export type ResolveIntrinsics = (logicalId: string, value: unknown) => unknown;

type JsonObject = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A one-key object whose key names an intrinsic function. */
function asIntrinsic(value: JsonObject): readonly [string, unknown] | undefined {
  const [entry, ...others] = Object.entries(value);
  if (entry === undefined || others.length > 0) return undefined;
  return entry[0] === 'Ref' || entry[0].startsWith('Fn::') ? entry : undefined;
}

const substitution = /\$\{([^}]*)\}/g;

/** A resolver of the intrinsics CDK writes: Ref, Fn::GetAtt, Fn::Join, Fn::Sub, Fn::Select, Fn::Split. */
export function createResolveIntrinsics(
  template: Template,
  place: StackPlace,
  parameterValues: Readonly<Record<string, string>>,
): ResolveIntrinsics {
  const pseudo: Readonly<Record<string, string>> = {
    'AWS::AccountId': place.accountId,
    'AWS::Region': place.region,
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
    'AWS::StackName': place.stackName,
    'AWS::StackId': `arn:aws:cloudformation:${place.region}:${place.accountId}:stack/${place.stackName}/local`,
  };

  const localizeUrl = createLocalizeUrl(template, place);

  return (logicalId, root) => {
    const fail = (problem: string): TemplateError =>
      new TemplateError(logicalId, template.Resources[logicalId]?.Type ?? 'value', problem);

    const identify = (id: string): ReturnType<typeof identifyResource> | undefined => {
      const resource = template.Resources[id];
      return resource === undefined ? undefined : identifyResource(id, resource, place);
    };

    const ref = (name: unknown): unknown => {
      if (typeof name !== 'string') throw fail(`Ref takes a name, not ${JSON.stringify(name)}`);
      if (Object.hasOwn(pseudo, name)) return pseudo[name];
      if (name === 'AWS::NoValue') return undefined;
      const parameter = template.Parameters[name];
      if (parameter !== undefined) {
        const value = parameterValues[name] ?? parameter.Default;
        if (value === undefined) throw fail(`parameter ${name} has neither a value nor a default`);
        return value;
      }
      const identity = identify(name);
      if (identity === undefined) throw fail(`Ref ${name} names nothing in the template`);
      return identity.ref;
    };

    const getAttribute = (id: string, attribute: string): string => {
      const identity = identify(id);
      if (identity === undefined) throw fail(`Fn::GetAtt ${id}.${attribute} names nothing in the template`);
      const value = identity.attributes[attribute];
      if (value === undefined) {
        throw fail(
          `Fn::GetAtt ${id}.${attribute} is not known to the local stack (${template.Resources[id]?.Type ?? ''})`,
        );
      }
      return value;
    };

    const texts = (value: unknown, name: string): string[] => {
      const resolved = resolve(value);
      if (!Array.isArray(resolved)) throw fail(`${name} takes a list`);
      return resolved.map((part: unknown) => {
        if (typeof part === 'string' || typeof part === 'number' || typeof part === 'boolean')
          return String(part);
        throw fail(`${name} cannot use ${JSON.stringify(part)}`);
      });
    };

    const substitute = (operand: unknown): string => {
      const [text, given] = Array.isArray(operand)
        ? [operand[0] as unknown, operand[1] as unknown]
        : [operand, {}];
      if (typeof text !== 'string' || !isObject(given)) throw fail('Fn::Sub takes text, or text and values');
      return text.replaceAll(substitution, (whole, name: string) => {
        if (name.startsWith('!')) return `\${${name.slice(1)}}`;
        if (Object.hasOwn(given, name)) return String(resolve(given[name]));
        const [id = '', ...attribute] = name.split('.');
        const value = attribute.length === 0 ? ref(id) : getAttribute(id, attribute.join('.'));
        if (typeof value === 'string' || typeof value === 'number') return String(value);
        throw fail(`Fn::Sub cannot use ${whole}`);
      });
    };

    const call = (name: string, operand: unknown): unknown => {
      switch (name) {
        case 'Ref':
          return ref(operand);
        case 'Fn::GetAtt': {
          const [id = '', ...attribute] =
            typeof operand === 'string' ? operand.split('.') : texts(operand, name);
          return getAttribute(id, attribute.join('.'));
        }
        case 'Fn::Join': {
          if (!Array.isArray(operand) || typeof operand[0] !== 'string')
            throw fail('Fn::Join takes a delimiter and a list');
          return localizeUrl(texts(operand[1], name).join(operand[0]));
        }
        case 'Fn::Sub':
          return localizeUrl(substitute(operand));
        case 'Fn::Split': {
          const [delimiter = '', text = ''] = texts(operand, name);
          return text.split(delimiter);
        }
        case 'Fn::Select': {
          if (!Array.isArray(operand)) throw fail('Fn::Select takes an index and a list');
          const selected = texts(operand[1], name)[Number(operand[0])];
          if (selected === undefined) throw fail(`Fn::Select ${String(operand[0])} is outside its list`);
          return selected;
        }
        default:
          throw fail(`the intrinsic function ${name} is not emulated by the local stack`);
      }
    };

    const resolve = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(resolve).filter((part) => part !== undefined);
      if (!isObject(value)) return value;
      const intrinsic = asIntrinsic(value);
      if (intrinsic !== undefined) return call(...intrinsic);
      const entries = Object.entries(value).map(([key, part]) => [key, resolve(part)] as const);
      return Object.fromEntries(entries.filter(([, part]) => part !== undefined));
    };

    return resolve(root);
  };
}
