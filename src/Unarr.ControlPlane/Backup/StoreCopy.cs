using System.Net.Sockets;
using System.Text;
using Microsoft.Data.Sqlite;
using Unarr.Agents.Hub.Sqlite;
using Unarr.CommandLine;

namespace Unarr.ControlPlane.Backup;

/// <summary>A checked copy of a store, made by the control plane that has it open, or here when none does; gone when it is
/// disposed.</summary>
internal sealed class StoreCopy : IDisposable
{
    private StoreCopy(string file, long pending, long ended) => (File, Pending, Ended) = (file, pending, ended);

    public string File { get; }

    public long Pending { get; }

    public long Ended { get; }

    /// <exception cref="UsageException">There is no such store, or it cannot be copied.</exception>
    /// <exception cref="ControlStoreException">It is damaged.</exception>
    public static async Task<StoreCopy> MakeAsync(string store, CancellationToken cancellationToken)
    {
        string full = FullPath(store);
        string copy = await AskAsync(full, cancellationToken).ConfigureAwait(false) ?? CopyClosed(store, full);
        try
        {
            (long pending, long ended) = SqliteBackup.Check(copy);
            return new StoreCopy(copy, pending, ended);
        }
        catch
        {
            System.IO.File.Delete(copy);
            throw;
        }
    }

    public void Dispose() => System.IO.File.Delete(File);

    private static string FullPath(string store)
    {
        string full = Path.GetFullPath(store);
        if (!System.IO.File.Exists(full))
        {
            throw new UsageException($"--store: there is no file '{store}'.");
        }

        return System.IO.File.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName ?? full;
    }

    /// <returns>The copy; <see langword="null"/> where no control plane has the store open.</returns>
    private static async Task<string?> AskAsync(string store, CancellationToken cancellationToken)
    {
        using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(StoreSocket.PathOf(store)), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is SocketException or ArgumentException)
        {
            return exception is SocketException { SocketErrorCode: SocketError.AccessDenied }
                ? throw new UsageException($"--store: '{store}' is another user's, and a control plane has it open.", exception) : null;
        }

        try
        {
            await socket.SendAsync(Encoding.UTF8.GetBytes($"{StoreSocket.Request}\n"), cancellationToken).ConfigureAwait(false);
            using StreamReader reader = new(new NetworkStream(socket));
            string answer = await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false) ?? $"{StoreSocket.ErrorAnswer}it has ended";
            return answer.StartsWith(StoreSocket.FileAnswer, StringComparison.Ordinal)
                ? Path.Combine(Path.GetDirectoryName(store)!, Path.GetFileName(answer[StoreSocket.FileAnswer.Length..]))
                : throw new UsageException($"--store: the control plane could not copy it: {answer[StoreSocket.ErrorAnswer.Length..]}.");
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            throw new UsageException("--store: the control plane ended before the copy was made.", exception);
        }
    }

    private static string CopyClosed(string store, string full)
    {
        string copy = Path.Combine(Path.GetDirectoryName(full)!, $"{StoreSocket.CopyPrefix(full)}{Guid.NewGuid():N}");
        try
        {
            SqliteBackup.CopyClosed(full, copy);
            return copy;
        }
        catch (Exception exception) when (
            exception is ControlStoreException or SqliteException or IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--store: '{store}' cannot be copied: {exception.Message.TrimEnd('.')}.", exception);
        }
    }
}
