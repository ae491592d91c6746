import { join } from 'node:path';
import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { buildApp } from './build-app.ts';
import { bundleFunctions } from './bundle-functions.ts';

const root = join(import.meta.dirname, '..');
const outdir = process.env.CDK_OUTDIR ?? join(root, 'cdk.out');
const bundles = await bundleFunctions({ root, outdir: join(outdir, 'bundles') });
const { app } = buildApp({ outdir, bundles, assets: 'staged' });
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
app.synth();
