using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;

namespace Unarr.Pipelines.AspNetCore;

/// <summary>What an endpoint says of itself when it answers with an event stream.</summary>
internal sealed class EventStreamMetadata : IDisableCookieRedirectMetadata
{
    /// <summary>Describes the answer, and asks for 401 and 403 instead of a redirect to a page: a script reads the answer.</summary>
    public static void AddTo(EndpointBuilder builder, Type? eventType)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Metadata.Add(new ProducesResponseTypeMetadata(StatusCodes.Status200OK, eventType, [EventStreamHeaders.ContentType]));
        builder.Metadata.Add(new EventStreamMetadata());
    }
}
