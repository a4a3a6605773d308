import { gunzipSync } from 'node:zlib';
import { asyncBufferFromFile, parquetMetadataAsync, parquetRead } from 'hyparquet';

/** The two columns of a segmentation file, row by row. */
export interface SegmentationColumns {
  /** Well-known binary form of each polygon. */
  readonly geometry: readonly Uint8Array[];
  readonly className: readonly string[];
}

/**
 * Reads the columns `geometry` and `class_name` of a local GeoParquet file compressed with GZIP.
 *
 * Three settings keep the polygons as bytes: without `geoparquet: false` in the metadata call they would become GeoJSON
 * objects (several times the memory), without `utf8: false` they would be decoded as text, and without names every column
 * would be read.
 */
export async function readSegmentation(path: string): Promise<SegmentationColumns> {
  const file = await asyncBufferFromFile(path);
  const metadata = await parquetMetadataAsync(file, { geoparquet: false });
  const compressors = {
    GZIP: (input: Uint8Array): Uint8Array => new Uint8Array(gunzipSync(input)),
  };
  const rows = Number(metadata.num_rows);
  const columns: Record<string, unknown[]> = {
    geometry: new Array<unknown>(rows),
    class_name: new Array<unknown>(rows),
  };
  await parquetRead({
    file,
    metadata,
    compressors,
    utf8: false,
    columns: Object.keys(columns),
    // Column by column: assembling an object for each row would double the time.
    onChunk({ columnName, columnData, rowStart }) {
      const target = columns[columnName]!;
      for (let i = 0; i < columnData.length; i++) target[rowStart + i] = columnData[i];
    },
  });
  return { geometry: columns.geometry as Uint8Array[], className: columns.class_name as string[] };
}
