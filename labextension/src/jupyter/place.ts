/** Where we are: whose server this is, and whether a notebook is one of a trainee's papers. */
import { PageConfig } from '@jupyterlab/coreutils';

export interface Place {
  /** The account; '' outside the hub. */
  readonly person: string;
  /** The base URL of the server, with a slash at the end. */
  readonly base: string;
  /** Whether this server is a trainee's, where papers get the sheet around them (labconfig/page_config.json of trainees). */
  readonly sheets: boolean;
}

/** Whose server it is, by its address. (Lab's option `hubUser` is the name for people to read, which two may share.) */
function ownerOf(base: string): string {
  return decodeURIComponent(/\/user\/([^/]+)\/$/.exec(base)?.[1] ?? '');
}

export function here(): Place {
  const base = PageConfig.getBaseUrl();
  return {
    person: ownerOf(base),
    base,
    sheets: PageConfig.getOption('trainerSheet') === 'true'
  };
}

export interface PaperPath {
  readonly course: string;
  readonly assignment: string;
}

/** The paper that lies at <course>/<assignment>/<file>.ipynb, below the person's home. */
export function paperAt(path: string): PaperPath | undefined {
  const [course, assignment, file, ...deeper] = path.replace(/^\/+/, '').split('/');
  return course && assignment && file && deeper.length === 0 && /\.ipynb$/.test(file) ? { course, assignment } : undefined;
}
