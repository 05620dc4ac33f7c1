// A prebuilt extension written by hand: the container that JupyterLab's loader asks for, and one plugin that imports
// nothing, so that there is nothing to build. Where its commands are shown stands in ../../../labconfig.
(() => {
  const SAVE = 'trainer:save';
  const HAND_IN = 'trainer:hand-in';

  /** Save the paper, then show the page where it is handed in. Saving says why and stops here when it fails. */
  async function handIn(app, context) {
    await context?.save();
    const [course, assignment, ...file] = (context?.path ?? '').split('/');
    const page = file.length === 1 ? `submit/${encodeURIComponent(course)}/${encodeURIComponent(assignment)}` : 'papers';
    window.location.assign(`${app.serviceManager.serverSettings.baseUrl}trainer/${page}`);
  }

  /** A phone knows no double click: one click on a shown answer opens it. Questions are locked and stay as they are. */
  function openAnswer(notebook, target) {
    const cell = notebook?.widgets?.find?.(widget => widget.node.contains(target));
    if (!cell?.rendered || !cell.model.getMetadata('nbgrader')?.solution || target.closest('a')) {
      return;
    }
    notebook.activeCellIndex = notebook.widgets.indexOf(cell);
    cell.rendered = false;
    notebook.mode = 'edit';
  }

  function activate(app) {
    const context = () => app.shell.currentWidget?.context;
    const watched = new WeakSet();
    app.commands.addCommand(SAVE, {
      label: () => (context()?.model.dirty ? '保存' : '已保存'),
      caption: '保存全部答案；每十秒也会自动保存一次',
      execute: () => context()?.save()
    });
    app.commands.addCommand(HAND_IN, {
      label: '交卷',
      caption: '保存，然后交卷',
      execute: () => handIn(app, context())
    });
    const changed = () => app.commands.notifyCommandChanged(SAVE);
    app.shell.currentChanged.connect(() => {
      const model = context()?.model;
      if (model && !watched.has(model)) {
        watched.add(model);
        model.stateChanged.connect(changed);
      }
      changed();
    });
    app.restored.then(() => {
      const menu = app.shell.menu; // Notebook's; when all menus are left out, their row is too
      if (menu && !menu.node.querySelector('.lm-MenuBar-item')) {
        menu.hide();
      }
    });
    document.addEventListener('click', event => openAnswer(app.shell.currentWidget?.content, event.target));
  }

  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB['trainer-paper'] = {
    init: () => undefined,
    get: async () => () => ({ __esModule: true, default: { id: 'trainer-paper:plugin', autoStart: true, activate } })
  };
})();
