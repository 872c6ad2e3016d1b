using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;

namespace Unarr.Agents.Hub.Nats;

/// <summary>Says what NATS' errors mean for the store.</summary>
internal static class NatsFailure
{
    public const string Unknown = "JetStream has not answered in time: it is not known whether the change is stored";
    public const string NotReached = "JetStream has not answered in time";

    private const int StreamMissing = 10059;
    private const int WrongLastSequence = 10071;

    // A cluster's leader that has another write under way says it without the revision.
    private const int WrongLastSequenceForNow = 10164;
    private const int MessageMissing = 10037;
    private const int NoPeers = 10005;

    public static bool IsStreamMissing(ApiError error) => error.ErrCode == StreamMissing;

    public static bool IsWrongRevision(ApiError error) => error.ErrCode is WrongLastSequence or WrongLastSequenceForNow;

    public static bool IsMessageMissing(ApiError error) => error.ErrCode == MessageMissing;

    /// <summary>Whether the server may answer otherwise in a moment: it has no leader now, or its peers are not there.</summary>
    public static bool IsPassing(ApiError error) => error.Code == 503 && !IsStreamMissing(error)
        && !TextOf(error).Contains("maximum", StringComparison.Ordinal)
        && !TextOf(error).Contains("insufficient", StringComparison.Ordinal);

    /// <summary>Whether a start may go on in a moment: nobody has answered, or a server of the cluster has yet to come.</summary>
    public static bool MayPass(Exception exception) => IsSilence(exception)
        || exception is ControlStoreException { InnerException: NatsJSApiException { Error: { ErrCode: NoPeers } error } }
            && TextOf(error).Contains("offline", StringComparison.Ordinal);

    public static string TextOf(ApiError error) => error.Description?.TrimEnd('.') ?? $"error {error.ErrCode}";

    public static string Explain(ApiError error) => $"JetStream refuses it: {TextOf(error)}";

    public static string Missing(string name) => $"'{name}' is missing in JetStream; it is made at a start that is allowed to";

    /// <summary>Whether an exception means that no answer came.</summary>
    public static bool IsSilence(Exception exception) => exception is NatsNoReplyException or NatsNoRespondersException
        or NatsJSPublishNoResponseException or OperationCanceledException or NatsConnectionFailedException or TimeoutException
        or NatsJSApiNoResponseException or NatsException { InnerException: null or IOException or System.Net.Sockets.SocketException };
}
