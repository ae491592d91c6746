import { App } from 'aws-cdk-lib';
import cdkJson from '../cdk.json' with { type: 'json' };
import type { Bundles } from './bundle-functions.ts';
import { EventsStack } from './stack.ts';

export interface BuildAppOptions {
  /** The folder of the cloud assembly; the CLI's, or a temporary one, unless told. */
  readonly outdir?: string;
  readonly bundles: Bundles;
  /** Adds to the stack before it is synthesized. */
  readonly extend?: (stack: EventsStack) => void;
  /**
   * `in-place` (unless told): each `Metadata["aws:asset:path"]` is the directory given in `bundles`. `staged`:
   * the assembly holds copies and can be deployed from elsewhere.
   */
  readonly assets?: 'in-place' | 'staged';
  /** `false` skips the checks of the template, which take longer than all the rest. */
  readonly validate?: boolean;
}

export const stackName = 'sublarr-events';

/**
 * Builds the app, with the feature flags of `cdk.json`, so that `app.synth()` yields the template that the CDK
 * CLI deploys.
 */
export function buildApp(options: BuildAppOptions): { readonly app: App; readonly stack: EventsStack } {
  const app = new App({
    ...(options.outdir === undefined ? {} : { outdir: options.outdir }),
    ...(options.validate === false ? { builtinCloudFormationValidation: false } : {}),
    analyticsReporting: false,
    treeMetadata: false,
    // What the CLI passes is applied over this.
    context: {
      ...cdkJson.context,
      'aws:cdk:bundling-stacks': [],
      'aws:cdk:disable-asset-staging': options.assets !== 'staged',
      'aws:cdk:enable-asset-metadata': true,
      'aws:cdk:enable-path-metadata': true,
    },
  });
  const stack = new EventsStack(app, stackName, { bundles: options.bundles });
  options.extend?.(stack);
  return { app, stack };
}
