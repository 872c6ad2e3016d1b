using System.CommandLine;
using System.Globalization;
using Unarr.CommandLine;
using Unarr.ControlPlane.Backup;
using Unarr.ControlPlane.Keys;

namespace Unarr.ControlPlane.CommandLine;

/// <summary><c>unarr-controlplane backup</c> and <c>check</c>: of the store in a file, while a control plane has it open or not.</summary>
internal static class BackupCommands
{
    private const string Notes = """
        The store is the file of "serve --store". A control plane that has it open makes the copy itself, page by page, and goes on
        serving; it is asked over the socket FILE.sock next to the store, which only the store's user and root can use. The copy is
        checked before it counts. The folder of the store needs room for one copy.

        To restore: stop the control plane, put the backup in the place of the store, delete the store's -wal and -shm, and start.

        Exit codes: 0 when the store is sound, 1 when it is damaged, 2 when it cannot be read.

        Example:
          unarr-controlplane backup /srv/backup/controlplane.db --store /var/lib/unarr-controlplane/controlplane.db
          unarr-controlplane check --store /var/lib/unarr-controlplane/controlplane.db
        """;

    private static readonly Option<string> Store = StoreArgument.Option();

    private static readonly Argument<string> File = new("FILE")
    {
        Description = "Where the backup goes; a file that is there is replaced as a whole.",
    };

    public static Command CreateBackup()
    {
        DocumentedCommand command = new("backup", "Copies the store into a file.", Notes) { File, Store, ConfigurationFile.Option };
        command.SetAction((arguments, cancellationToken) => RunAsync(
            arguments, copy => Keep(copy, arguments.GetRequiredValue(File), StoreOf(arguments)), cancellationToken));
        return command;
    }

    public static Command CreateCheck()
    {
        DocumentedCommand command = new("check", "Checks the store.", Notes) { Store, ConfigurationFile.Option };
        command.SetAction((arguments, cancellationToken) => RunAsync(arguments, static _ => { }, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, Action<StoreCopy> use, CancellationToken cancellationToken)
    {
        try
        {
            using StoreCopy copy = await StoreCopy.MakeAsync(StoreOf(arguments), cancellationToken).ConfigureAwait(false);
            use(copy);
            Console.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"ok: {copy.Pending} pending, {copy.Ended} ended, {new FileInfo(copy.File).Length} bytes"));
            return 0;
        }
        catch (ControlStoreException exception)
        {
            Console.Error.WriteLine($"--store: {exception.Message.ReplaceLineEndings(" ").TrimEnd('.')}.");
            return 1;
        }
    }

    private static string StoreOf(ParseResult arguments)
    {
        string store = CommandOptions.Read(arguments).Get(Store);
        return store == StoreArgument.Memory || StoreArgument.IsNats(store)
            ? throw new UsageException("--store: this is for a store in a file.") : store;
    }

    private static void Keep(StoreCopy copy, string file, string store)
    {
        string path = Path.GetFullPath(file);
        if (path == Path.GetFullPath(store) || Directory.Exists(path))
        {
            throw new UsageException($"'{file}' cannot be the backup: it is {(Directory.Exists(path) ? "a folder" : "the store itself")}.");
        }

        string next = Path.Combine(Path.GetDirectoryName(path)!, $".{Path.GetFileName(path)}.{Guid.NewGuid():N}.tmp");
        try
        {
            FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = KeyFileEditor.Mode;
            }

            using (FileStream source = System.IO.File.OpenRead(copy.File))
            using (FileStream target = new(next, options))
            {
                source.CopyTo(target);
                target.Flush(flushToDisk: true);
            }

            System.IO.File.Move(next, path, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            if (Directory.Exists(Path.GetDirectoryName(next)))
            {
                System.IO.File.Delete(next);
            }

            throw new UsageException($"'{file}' cannot be written: {exception.Message.TrimEnd('.')}.", exception);
        }
    }
}
