using System.Net.Sockets;
using System.Text;
using Unarr.Agents.Hub.Lines;
using Unarr.Agents.Hub.Sqlite;
using Unarr.ControlPlane.Keys;
using Unarr.ControlPlane.Lines;

namespace Unarr.ControlPlane.Backup;

/// <summary>Makes copies of the open store for <c>backup</c> and <c>check</c>, which ask over a socket next to its file.</summary>
/// <remarks>
/// Only the file's own user can connect: the socket has mode 0600. It takes one request at a time, the word <c>copy</c> and a line feed,
/// and answers with one line: <c>file NAME</c>, a copy in the same folder that belongs to who asked, or <c>error TEXT</c>.
/// </remarks>
internal sealed class StoreSocket : IDisposable
{
    /// <summary>What a request is.</summary>
    public const string Request = "copy";

    /// <summary>What an answer with a copy begins with.</summary>
    public const string FileAnswer = "file ";

    /// <summary>What an answer without one begins with.</summary>
    public const string ErrorAnswer = "error ";

    private const int Backlog = 4;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _end = new();
    private readonly SqliteControlStore _store;
    private readonly Socket _listener;
    private readonly Task _serving;

    private StoreSocket(SqliteControlStore store, Socket listener)
    {
        _store = store;
        _listener = listener;
        _serving = Task.Run(ServeAsync);
    }

    /// <summary>The socket of a store.</summary>
    public static string PathOf(string store) => $"{Path.GetFullPath(store)}.sock";

    /// <summary>The beginning of the names of a store's copies.</summary>
    public static string CopyPrefix(string store) => $".{Path.GetFileName(store)}.copy-";

    /// <summary>Listens next to the store's file. Where that cannot be, the log says why, and the rest goes on.</summary>
    public static StoreSocket? Listen(SqliteControlStore store, ILogger logger)
    {
        string path = PathOf(store.FilePath);
        Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            DeleteCopies(store.FilePath);

            // One of a process that was killed: the store itself is this process's alone.
            File.Delete(path);
            listener.Bind(new UnixDomainSocketEndPoint(path));
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(path, KeyFileEditor.Mode);
            }

            listener.Listen(Backlog);
            return new StoreSocket(store, listener);
        }
        catch (Exception exception) when (
            exception is SocketException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            listener.Dispose();
            ControlPlaneLog.NoStoreSocket(logger, Printable.Text(path), Printable.Text(exception.Message.TrimEnd('.')));
            return null;
        }
    }

    public void Dispose()
    {
        _end.Cancel();
        _listener.Dispose();
        _serving.GetAwaiter().GetResult();
        File.Delete(PathOf(_store.FilePath));
        _end.Dispose();
    }

    private static void DeleteCopies(string store)
    {
        foreach (string left in Directory.EnumerateFiles(Path.GetDirectoryName(store)!, $"{CopyPrefix(store)}*"))
        {
            File.Delete(left);
        }
    }

    private async Task ServeAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            try
            {
                using Socket client = await _listener.AcceptAsync(_end.Token).ConfigureAwait(false);
                await AnswerAsync(client).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // The one who asked has gone, or this ends: there is nobody to answer.
                continue;
            }
        }
    }

    private async Task AnswerAsync(Socket client)
    {
        byte[] request = new byte[Request.Length + 1];
        using (CancellationTokenSource late = CancellationTokenSource.CreateLinkedTokenSource(_end.Token))
        {
            late.CancelAfter(Patience);
            for (int read = 0, further; read < request.Length; read += further)
            {
                further = await client.ReceiveAsync(request.AsMemory(read), late.Token).ConfigureAwait(false);
                if (further == 0)
                {
                    return;
                }
            }
        }

        string? copy = null;
        string answer = $"{ErrorAnswer}this is not a request";
        if (Encoding.UTF8.GetString(request) == $"{Request}\n")
        {
            (copy, answer) = await CopyAsync().ConfigureAwait(false);
        }

        try
        {
            await client.SendAsync(Encoding.UTF8.GetBytes($"{answer}\n"), _end.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (copy is not null && exception is SocketException or OperationCanceledException)
        {
            File.Delete(copy!);
            throw;
        }
    }

    private async Task<(string? Copy, string Answer)> CopyAsync()
    {
        string name = $"{CopyPrefix(_store.FilePath)}{Guid.NewGuid():N}";
        string copy = Path.Combine(Path.GetDirectoryName(_store.FilePath)!, name);
        try
        {
            DeleteCopies(_store.FilePath);
            await _store.BackupAsync(copy, _end.Token).ConfigureAwait(false);
            return (copy, $"{FileAnswer}{name}");
        }
        catch (Exception exception) when (exception is ControlStoreException or IOException or UnauthorizedAccessException
            or Microsoft.Data.Sqlite.SqliteException or ObjectDisposedException)
        {
            return (null, $"{ErrorAnswer}{Printable.Text(exception.Message.TrimEnd('.'))}");
        }
    }
}
