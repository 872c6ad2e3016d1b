using Unarr.Agents.Hub;
using Unarr.Agents.Hub.Sqlite;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Keeps a hub's controls in a SQLite file.</summary>
public static class AgentHubBuilderSqliteExtensions
{
    /// <summary>Keeps controls in a file: what is answered is on the disk, and survives the end of the process and the loss of
    /// power.</summary>
    /// <param name="builder">The hub.</param>
    /// <param name="file">The file; it is made where it is missing, and its folder is not. It is opened when the host starts, and one
    /// process at a time can have it open. A file of an older version is brought to this one.</param>
    /// <returns>The hub.</returns>
    /// <remarks>The host does not start with a file that cannot be the store: <see cref="ControlStoreException"/> says why.</remarks>
    public static AgentHubBuilder UseSqlite(this AgentHubBuilder builder, string file)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(file);
        return builder.UseStore(provider => Open(file, provider.GetRequiredService<AgentHubSettings>().MaxEndedControls));
    }

    private static SqliteControlStore Open(string file, int maxEnded)
    {
        try
        {
            return SqliteControlStore.Open(file, maxEnded);
        }
        catch (ControlStoreException exception)
        {
            throw new ControlStoreException($"The file '{file}' cannot be the store: {exception.Message}", exception);
        }
    }
}
