using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Unarr.Pipelines.AspNetCore;
using Unarr.Pipelines.Sse;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Event streams as endpoints.</summary>
public static class SseEndpointRouteBuilderExtensions
{
    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>Serves a broadcast at a path, for <c>GET</c> and <c>HEAD</c>.</summary>
    /// <param name="endpoints">Where the endpoint is added.</param>
    /// <param name="pattern">The route's pattern.</param>
    /// <param name="broadcast">The broadcast; it stays the caller's.</param>
    /// <param name="replay">Writes what came after a reader's last event id; see <see cref="SseResults"/>.</param>
    public static IEndpointConventionBuilder MapEventStream(
        this IEndpointRouteBuilder endpoints, [StringSyntax("Route")] string pattern, SseBroadcast broadcast,
        Func<string, SseWriter, CancellationToken, ValueTask>? replay = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        SseBroadcastResult result = SseResults.Stream(broadcast, replay);
        IEndpointConventionBuilder builder = endpoints.MapMethods(pattern, Methods, (RequestDelegate)result.ExecuteAsync);
        builder.Add(static endpoint => EventStreamMetadata.AddTo(endpoint, null));
        return builder;
    }
}
