using System.CommandLine;
using Unarr.CommandLine;

namespace Unarr.ControlPlane.CommandLine;

/// <summary>How many ended controls are kept of each agent.</summary>
internal static class HistoryArgument
{
    public static readonly Option<int?> Option = CountArgument.Option(
        "--history", "How many of the controls that ended last are kept of each agent.", ControlStore.MinEnded, ControlStore.MinEnded,
        ControlStore.MostEnded);

    /// <exception cref="UsageException">The store keeps a number of its own.</exception>
    public static int Read(LayeredOptions options, string store) => options.Get(Option) switch
    {
        null => ControlStore.MinEnded,
        _ when StoreArgument.IsNats(store) => throw new UsageException(
            $"{Option.Name}: a store in JetStream keeps {ControlStore.MinEnded} of each agent."),
        { } count => count,
    };
}
